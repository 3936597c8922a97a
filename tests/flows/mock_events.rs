//! What the real session shows and sends in each case: `tests/package/events.json`, to which the mock session of the
//! package is held, too (`tests/package/mock.mjs`).

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::process::cache;
use otrs_auth_tools::realms::{AGENTS, APP};
use serde_json::{Map, Value, json};

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, pause, restoring};

const EXPECTED: &str = include_str!("../package/events.json");

/// Writes down what is told from now on, where it outlives the page.
const LISTEN: &str = "sessionStorage.told = '[]';
    if (!window.listening) for (const name of ['change', 'ended', 'expiring', 'error']) session.addEventListener(name, (event) => {
      const told = JSON.parse(sessionStorage.told);
      const { status } = session;
      told.push([name, status.reason ?? status.problem?.code ?? status.name, session.connected, event.detail?.code ?? null]);
      sessionStorage.told = JSON.stringify(told); });
    window.listening = true;
    const code = (promise) => promise.then(() => 'done', (error) => error.code); ";

const MEMBERS: &str = "return Object.getOwnPropertyNames(Object.getPrototypeOf(session))\
    .filter((name) => name !== 'constructor').sort()";

const FRESH: &str = "return await code(session.getToken({ fresh: true }))";

const ROLE_TAKEN: &str =
    "await session.getToken({ fresh: true }).catch(() => {}); return await code(session.getToken())";

/// Lets the page do something, and gives what it was told and what it got.
fn happening(visit: &Visit<'_>, script: &str) -> Result<Value> {
    let answer = visit.ask(&format!("{LISTEN} {script}"))?;
    // What comes twice comes at once.
    pause(300);
    let events = visit.browser.run("return JSON.parse(sessionStorage.told)", &[])?;
    Ok(json!({ "answer": answer, "events": events }))
}

/// The same of what leaves the page, for `there`.
fn leaving(visit: &Visit<'_>, script: &str, there: impl FnOnce() -> Result<()>) -> Result<Value> {
    visit.ask(&format!("{LISTEN} setTimeout(() => session.{script}, 50); return 1"))?;
    there()?;
    visit.open("/icon.svg")?;
    let events = visit.browser.run("return JSON.parse(sessionStorage.told)", &[])?;
    Ok(json!({ "answer": null, "events": events }))
}

pub fn as_the_mock(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        let mut happenings = Map::new();
        let mut note = |name: &str, what: Value| happenings.insert(name.into(), what);
        visit.open("/agent/?onLoad=none")?;
        visit.wait_for("signed_out")?;
        note("nobody_asks", happening(visit, "return await code(session.getToken())")?);
        note("login_begins", leaving(visit, "login()", || visit.wait_for_form().map(drop))?);

        visit.enter("/agent/", "agent2")?;
        let members = visit.ask(MEMBERS)?;
        note("fresh_token", happening(visit, FRESH)?);
        note("put_off", happening(visit, "return await code(session.extend())")?);
        visit.browser.offline(true)?;
        note("keycloak_away", restoring(|| happening(visit, FRESH), || visit.browser.offline(false))?);

        visit.browser.reload()?;
        visit.wait_for("signed_in")?;
        let role = |given| world.admin.set_client_role(AGENTS.name, "agent2", APP, "Agent", given);
        role(false)?;
        note("role_taken", restoring(|| happening(visit, ROLE_TAKEN), || role(true))?);
        visit.log_out()?;

        visit.enter("/agent/", "agent2")?;
        world.admin.logout_user(AGENTS.name, "agent2")?;
        note("ended_by_administrator", happening(visit, FRESH)?);
        visit.enter("/agent/", "agent2")?;
        world.admin.set_enabled(AGENTS.name, "agent2", false)?;
        let enable = || world.admin.set_enabled(AGENTS.name, "agent2", true);
        note("account_disabled", restoring(|| happening(visit, FRESH), enable)?);
        // Keycloak's own session is still there, but for this.
        world.admin.logout_user(AGENTS.name, "agent2")?;

        visit.enter("/agent/", "agent2")?;
        let gone = || visit.browser.until("the way back", 20, || Ok((visit.status()? == "ended").then_some(())));
        note("logout_begins", leaving(visit, "logout()", gone)?);
        compare(&json!({ "members": members, "happenings": happenings }))
    })
}

fn compare(seen: &Value) -> Result<()> {
    let expected: Value = serde_json::from_str(EXPECTED).context("events.json")?;
    if *seen != expected {
        std::fs::write(cache("flows").join("events.json"), serde_json::to_string_pretty(seen)?)?;
    }
    ensure!(seen["members"] == expected["members"], "its members are {}", seen["members"]);
    for (name, what) in expected["happenings"].as_object().into_iter().flatten() {
        ensure!(seen["happenings"][name] == *what, "{name}: {}, not {what}", seen["happenings"][name]);
    }
    ensure!(*seen == expected, "events.json does not have all of them");
    Ok(())
}
