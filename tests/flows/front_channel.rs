//! Front-channel logout: Keycloak's log-out page has a page of ours in a frame, which tells our tabs.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::http::Client;
use otrs_auth_tools::realms::AGENTS;
use serde_json::json;

use crate::ends::{OTHER, with_other};
use crate::engines::Driver;
use crate::visit;
use crate::watched::Tabs;
use crate::world::{World, pause};

/// How long after Keycloak's page our tabs may learn of the end, ms: a page is loaded in a frame, a tab hears of it and
/// asks Keycloak. Nobody comes to the front before, because a tab that does looks for itself.
const LATER: i64 = 3_000;

/// Another application logs the user out, and our tabs know; somebody else opens the page, and nothing happens.
pub fn front_channel(world: &World, driver: &Driver) -> Result<()> {
    let page = format!("{}/front-channel-logout.html?interface=agent", world.app);
    let settings = json!({ "frontchannelLogout": true, "attributes": { "frontchannel.logout.url": page } });
    let realm = format!("{}/realms/{}", world.authority, AGENTS.name);
    let forged = format!("{page}&iss={realm}&sid=00000000-0000-0000-0000-000000000000");
    let answer = Client::new(Duration::from_secs(10)).get(&page)?;
    let policy = answer.header("content-security-policy");
    ensure!(policy.ends_with(&format!("frame-ancestors {}", world.authority)), "its policy is {policy}");
    let with_both = |desk: &crate::desk::Desk| {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &format!("{}/agent/", world.app), "agent", 2)?;
            let other = visit.browser.new_tab()?;

            // Forged: the page by itself, then in a frame of Keycloak's origin. The latter asks Keycloak.
            let before = tabs.ask("return await session.getToken()")?;
            visit.browser.to_tab(&other)?;
            visit.browser.goto(&forged)?;
            pause(1_500);
            ensure!(tabs.ask("return await session.getToken()")? == before, "the page by itself refreshed");
            visit.browser.to_tab(&other)?;
            visit.browser.goto(&format!("{}/robots.txt", world.authority))?;
            let embed =
                "const frame = document.createElement('iframe'); frame.src = arguments[0]; document.body.append(frame)";
            visit.browser.run(embed, &[json!(forged)])?;
            pause(1_500);
            let after = tabs.ask("return await session.getToken()")?;
            ensure!(
                after.iter().all(|token| *token != before[0] && *token == after[0]),
                "the page in a frame did not ask"
            );
            tabs.ask("await session.getToken({ fresh: true }); return 1")?;
            ensure!(tabs.told("ended")? == [0, 0], "a forged call ended the session");

            // Keycloak asks the user, and its page stays.
            visit.browser.to_tab(&other)?;
            visit.browser.goto(&format!("{realm}/protocol/openid-connect/logout?client_id={OTHER}"))?;
            visit.browser.click("#kc-logout")?;
            let script = "return document.querySelector('iframe[src*=front-channel-logout]') ? Math.round(performance.timeOrigin) : null";
            let shown = visit
                .browser
                .until("a frame of ours in Keycloak's page", 10, || Ok(visit.browser.run(script, &[])?.as_i64()))?;
            pause(LATER.unsigned_abs());
            ended(&tabs, "by a log-out that Keycloak asked about", shown)?;

            // Keycloak's page goes on to the other application as soon as the frame is loaded.
            tabs.again("agent")?;
            visit.browser.to_tab(&other)?;
            visit.browser.goto(&desk.url)?;
            desk.wait_for(visit, "signed_in", 20)?;
            visit.ask("setTimeout(() => session.logout(), 50); return 1")?;
            desk.wait_for(visit, "ended", 20)?;
            pause(LATER.unsigned_abs());
            let back = visit.browser.run("return Math.round(performance.timeOrigin)", &[])?;
            ended(&tabs, "by a log-out with a way back", back.as_i64().context("a time")?)?;

            // Our own log-out comes back as ever.
            tabs.again("agent")?;
            visit.log_out()?;
            let reason = visit.ask("return session.status.reason")?;
            ensure!(reason == "logged_out", "our own log-out ended for the reason {reason}");
            Ok(())
        })
    };
    with_other(world, |desk| world.with_client(settings, || with_both(desk)))
}

fn ended(tabs: &Tabs<'_>, what: &str, shown: i64) -> Result<()> {
    tabs.ended(what, "ended_by_keycloak")?;
    for told in tabs.ask("return window.told.find((one) => one.name === 'ended').at")? {
        let after = told.as_i64().context("a time")? - shown;
        println!("    {what}: told after {after} ms");
        ensure!(after <= LATER, "{what}: a tab was told after {after} ms");
    }
    Ok(())
}
