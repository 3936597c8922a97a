//! A Keycloak that does not answer, and a browser without its network: the session stays, and nobody asks in a storm.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::engines::Driver;
use crate::visit;
use crate::watched::Tabs;
use crate::world::{World, pause};

/// How long one request may take, ms.
const REQUEST: u64 = 2_000;

/// Counts what is asked for, also where the browser's own list leaves out what failed.
const COUNTING: &str = "window.asked = 0; const ask = window.fetch; window.fetch = (...given) => { \
    if (String(given[0].url ?? given[0]).endsWith('/token')) window.asked += 1; return ask(...given); };";

/// Asks for a new token without waiting; what comes of it is in `window.late`.
const LATE: &str = "const began = performance.now(), done = (said) => [said, Math.round(performance.now() - began)]; \
    window.late = session.getToken({ fresh: true }).then(() => done('ok'), (e) => done(e.code)); return 1";

/// A page that needs a token all the time, as one that shows a list does.
const BUSY: &str = "window.busy = setInterval(() => session.getToken({ fresh: true }).catch(() => {}), 200); return 1";

fn desk(world: &World) -> Result<Desk> {
    Desk::before(world, COUNTING, &json!({ "onLoad": "login", "timeouts": { "request": REQUEST } }))
}

fn asked(tabs: &Tabs<'_>) -> Result<u64> {
    Ok(tabs.ask("return window.asked")?.iter().filter_map(Value::as_u64).sum())
}

/// Waits until all tabs are connected, or all are not.
fn connected(tabs: &Tabs<'_>, expected: bool) -> Result<()> {
    tabs.visit.browser.until(&format!("connected {expected} in all tabs"), 20, || {
        let seen = tabs.ask("return [session.status.name, session.connected]")?;
        Ok(seen.iter().all(|one| *one == json!(["signed_in", expected])).then_some(()))
    })
}

/// Slow first, then silent for longer than a request may take, in the middle of a refresh.
pub fn silence(world: &World, driver: &Driver) -> Result<()> {
    let desk = desk(world)?;
    let work = || {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &desk.url, "agent", 2)?;
            // It answers late: everybody gets the one token, and nothing is said of it.
            let before = asked(&tabs)?;
            world.with_silence(|| {
                tabs.ask(LATE)?;
                pause(REQUEST / 2);
                Ok(())
            })?;
            let late = tabs.ask("return await window.late")?;
            ensure!(late.iter().all(|one| one[0] == "ok"), "of a slow answer came {late:?}");
            let more = asked(&tabs)? - before;
            ensure!(more == 1, "{more} requests for one slow answer");
            ensure!(tabs.told("error")?.iter().all(|told| *told == 0), "a slow answer is an error");

            // It does not answer at all.
            let before = asked(&tabs)?;
            world.with_silence(|| {
                tabs.to(0)?;
                visit.ask(LATE)?;
                let late = visit.ask("return await window.late")?;
                let ms = late[1].as_u64().unwrap_or_default();
                ensure!(late[0] == "timeout" && (REQUEST..REQUEST + 2_000).contains(&ms), "of no answer came {late}");
                let seen = visit.ask(
                    "return [session.status.name, session.connected, await session.getToken().then(() => 'ok')]",
                )?;
                ensure!(seen == json!(["signed_in", false, "ok"]), "while nobody answers it is {seen}");
                // The other tab finds out for itself, and both go on asking.
                tabs.ask(BUSY)?;
                pause(5_000);
                connected(&tabs, false)?;
                tabs.ask("clearInterval(window.busy); return 1").map(drop)
            })?;
            // Nobody asks any more; the session finds out by itself.
            let back = Instant::now();
            let during = asked(&tabs)? - before;
            connected(&tabs, true)?;
            let seconds = back.elapsed().as_secs_f64();
            println!("    {during} token requests by two tabs in a silence of 7 s; connected {seconds:.1} s after it");
            // One, two, four seconds and so on between the tries of one tab.
            ensure!(during <= 8, "{during} token requests while nobody answers");
            ensure!(seconds <= 10.0, "connected only {seconds:.1} s after Keycloak's return");
            let errors = tabs.ask("return window.told.filter((one) => one.name === 'error').map((one) => one.code)")?;
            ensure!(errors.iter().all(|one| *one == json!(["timeout"])), "the pages were told of {errors:?}");
            tabs.ask("return await session.getToken({ fresh: true })").map(drop)
        })
    };
    desk.registered(world, work)
}

/// The browser loses its network and gets it back, which is not Keycloak's fault and not the end.
pub fn offline(world: &World, driver: &Driver) -> Result<()> {
    let desk = desk(world)?;
    let work = || {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &desk.url, "agent", 1)?;
            tabs.to(0)?;
            visit.browser.offline(true)?;
            visit.browser.until("the page to be offline", 5, || {
                Ok((visit.browser.run("return navigator.onLine", &[])? == false).then_some(()))
            })?;
            let before = asked(&tabs)?;
            let seen = visit.ask(
                "const code = await session.getToken({ fresh: true }).then(() => 'a token', (e) => e.code); \
                 return [code, session.status.name, session.connected, navigator.onLine, await session.getToken().then(() => 'ok')]",
            )?;
            ensure!(seen == json!(["keycloak_unreachable", "signed_in", false, false, "ok"]), "offline it is {seen}");
            visit.ask(BUSY)?;
            pause(5_000);
            visit.ask("clearInterval(window.busy); return 1")?;
            let during = asked(&tabs)? - before;
            ensure!(during <= 5, "{during} token requests in 5 s without network");
            let reconnecting = "window.back = new Promise((back) => session.addEventListener('change', () => session.connected && back(performance.now()))); \
                addEventListener('online', () => { window.online = performance.now(); }); return 1";
            visit.ask(reconnecting)?;
            visit.browser.offline(false)?;
            let ms = visit.browser.run("return Math.round(await window.back - window.online)", &[])?;
            println!("    {during} token requests in 5 s offline; connected {ms} ms after the network");
            ensure!(ms.as_i64().is_some_and(|ms| ms < 2_000), "connected only {ms} ms after the network");
            let errors =
                visit.ask("return window.told.filter((one) => one.name === 'error').map((one) => one.code)")?;
            ensure!(errors == json!(["keycloak_unreachable"]), "the page was told of {errors}");
            Ok(())
        })
    };
    desk.registered(world, work)
}
