//! The realm's idle limit: the user's input keeps all tabs, and what a page asks for by a timer keeps nothing.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::watched::Tabs;
use crate::world::{World, pause};

/// Seconds. A third of it before its end the page is told.
const IDLE: u64 = 8;

/// A key that types nothing.
const SHIFT: &str = "\u{E008}";

/// A page that asks for a token all the time, whoever is there.
const POLL: &str = "setInterval(() => session.getToken().catch(() => {}), 400); return session.endsAt";

/// Three sessions' lives in one: worked in, put off by the demo's button, and left alone.
pub fn limit(world: &World, driver: &Driver) -> Result<()> {
    world.with_realm(json!({ "ssoSessionIdleTimeout": IDLE }), || {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &format!("{}/agent/", world.app), "agent", 2)?;
            tabs.ask(POLL)?;
            // Work in the first tab, by mouse and by keys, for longer than anybody may be away.
            let end = Instant::now() + Duration::from_secs(IDLE + 2);
            while Instant::now() < end {
                visit.browser.click(".header-inner")?;
                pause(700);
                visit.browser.fill("body", SHIFT)?;
                pause(700);
            }
            let shown = tabs.ask("return session.status.name")?;
            ensure!(shown.iter().all(|status| status == "signed_in"), "although somebody works it is {shown:?}");
            ensure!(tabs.told("expiring")?.iter().all(|told| *told == 0), "who works was warned");

            // Nobody is there any more: the first tab says so, and its button puts the end off for both.
            let left = visit.browser.until("the notice", IDLE, || {
                let notice = "const notice = document.querySelector('[data-test=ending]'); \
                    return notice.hidden ? null : [notice.querySelector('[data-test=ending-in]').textContent, document.querySelector('[data-test=ending-spoken]').textContent]";
                Ok(Some(visit.browser.run(notice, &[])?).filter(|notice| !notice.is_null()))
            })?;
            let seconds: u64 = left[0].as_str().unwrap_or_default().parse()?;
            ensure!((1..=IDLE.div_ceil(3)).contains(&seconds), "the notice says {left}");
            ensure!(left[1].as_str().unwrap_or_default().contains("signed out in"), "nothing is said: {left}");
            // By a script, because a real click or key would put the end off by itself.
            let moved = "const before = session.endsAt; document.querySelector('[data-test=stay]').click(); \
                for (let round = 0; round < 20 && !document.querySelector('[data-test=ending]').hidden; round += 1) await new Promise((later) => setTimeout(later, 100)); \
                return [session.endsAt - before, document.querySelector('[data-test=ending]').hidden, document.querySelector('[data-test=ending-spoken]').textContent]";
            let moved = visit.ask(moved)?;
            let more = moved[0].as_i64().unwrap_or_default();
            ensure!(more >= 2_000 && moved[1] == true && moved[2] == "", "after the button it is {moved}");
            pause(IDLE.div_ceil(3) * 1_000 + 300);
            let shown = tabs.ask("return session.status.name")?;
            ensure!(shown.iter().all(|status| status == "signed_in"), "after the button it is {shown:?}");

            // And now nobody does anything, but the pages ask on.
            tabs.listen()?;
            tabs.ended("unused, with pages that ask for tokens", "idle")?;
            let warned = tabs.told("expiring")?;
            ensure!(warned.iter().all(|told| *told == 1), "warned {warned:?} times before the end");
            // Whoever logs in once more has used it just now: the tab that was left alone ends nothing.
            tabs.again("agent")?;
            pause(1_500);
            let shown = tabs.ask("return session.status.name")?;
            ensure!(shown.iter().all(|status| status == "signed_in"), "after another login it is {shown:?}");
            Ok(())
        })
    })
}
