//! Many tabs where the browser has no locks: a note in the store stands in for them.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::desk::Desk;
use crate::engines::Driver;
use crate::visit_by;
use crate::world::{Visit, World};

const TABS: usize = 3;

/// What a tab that holds the refresh token leaves in the store; `UNTIL` is how long it may.
const HOLD: &str = "const name = document.cookie.match(/otrs-auth\\.[\\w-]+\\.session/)[0].replace('session', 'refresh');
    const done = (request) => new Promise((ok, no) => { request.onsuccess = () => ok(request.result); request.onerror = no; });
    const database = await done(indexedDB.open('otrs-auth', 1));
    await done(database.transaction('records', 'readwrite').objectStore('records').put(`${UNTIL}.somebody`, name));
    database.close();";

const ASK: &str = "window.began = Date.now();
    window.token = Promise.all([1, 2, 3, 4].map(() => session.getToken({ fresh: true }))).then(([token]) => [token.slice(-40), Date.now() - began]);
    return 1";

const REQUESTS: &str =
    "return performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/token')).length";

/// All tabs want a new token while another holds the note; then it runs out, as of a tab that was killed, and one of
/// them asks. The realm takes each refresh token once only.
pub fn one_refresh(world: &World, driver: &Driver) -> Result<()> {
    let authority = world.authority.replace("localhost", "iam.otrs.test");
    let options = json!({ "onLoad": "login", "allowInsecureHttp": true });
    let desk = Desk::start(world, "desk.otrs.test", &authority, "", &options)?;
    let once = json!({ "revokeRefreshToken": true, "refreshTokenMaxReuse": 0 });
    world.with_realm(once, || {
        desk.registered(world, || {
            visit_by(driver.open_with_names()?, world, driver, |visit| {
                let tabs = open_tabs(visit, &desk, &authority)?;
                visit.ask(&format!("{} return 1", HOLD.replace("UNTIL", "Date.now() + 3000")))?;
                let asked = of_all(visit, &tabs, REQUESTS)?;
                of_all(visit, &tabs, ASK)?;
                let answers = of_all(visit, &tabs, "return await window.token")?;
                let asked_then = of_all(visit, &tabs, REQUESTS)?;
                let sum =
                    |numbers: &[serde_json::Value]| numbers.iter().filter_map(serde_json::Value::as_u64).sum::<u64>();
                let requests = sum(&asked_then) - sum(&asked);
                let waited = answers.first().and_then(|answer| answer[1].as_u64()).unwrap_or_default();
                ensure!(requests == 1, "{requests} token requests for {} calls in {TABS} tabs", 4 * TABS);
                ensure!(answers.iter().all(|answer| answer[0] == answers[0][0]), "the tabs have different tokens");
                ensure!(waited > 1_000, "nobody waited for the holder: {waited} ms");
                println!("    {requests} token request of {TABS} tabs, {waited} ms after the first call");
                // What is given back is free at once.
                visit.ask("return await session.getToken({ fresh: true })")?;
                let quick = visit.ask(
                    "const began = Date.now(); await session.getToken({ fresh: true }); return Date.now() - began",
                )?;
                ensure!(quick.as_u64().is_some_and(|ms| ms < 2_000), "the next refresh took {quick} ms");
                ensure!(visit.ask("return session.status.name")? == "signed_in", "the session ended");
                Ok(())
            })
        })
    })
}

fn open_tabs(visit: &Visit<'_>, desk: &Desk, authority: &str) -> Result<Vec<String>> {
    visit.browser.goto(&desk.url)?;
    visit.log_in_at(authority, "agent")?;
    desk.wait_for(visit, "signed_in", 20)?;
    let mut tabs = vec![visit.browser.tab()?];
    while tabs.len() < TABS {
        tabs.push(visit.browser.new_tab()?);
        visit.browser.goto(&desk.url)?;
        desk.wait_for(visit, "signed_in", 20)?;
    }
    Ok(tabs)
}

fn of_all(visit: &Visit<'_>, tabs: &[String], script: &str) -> Result<Vec<serde_json::Value>> {
    let mut answers = Vec::new();
    for tab in tabs {
        visit.browser.to_tab(tab)?;
        answers.push(visit.ask(script)?);
    }
    Ok(answers)
}
