//! Other ways to a session than a login, and back from one.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World};

/// Back to the login form after a login: Keycloak answers at once with a code for a used state.
pub fn back_after_login(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open("/")?;
        visit.enter("/agent/ticket/2", "agent")?;
        visit.browser.back()?;
        // Some browsers show the form as it was.
        visit.reload_keycloak()?;
        visit.wait_for("signed_in")?;
        visit.expect_clean_address()?;
        ensure!(visit.requests("/token")? == 0, "a token request was sent");
        visit.open("/agent/")?;
        visit.wait_for("signed_in")?;
        visit.ask("return await session.getToken({ fresh: true })").map(drop)
    })
}

/// Nobody is asked for a password, and Keycloak only once.
pub fn check(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open("/agent/?onLoad=check")?;
        visit.wait_for("signed_out")?;
        asked_in_a_frame(visit)?;
        visit.browser.reload()?;
        visit.wait_for("signed_out")?;
        ensure!(visit.requests("")? == 0, "Keycloak was asked once more");
        visit.browser.click("[data-test=login]")?;
        visit.log_in("agent")?;
        visit.wait_for("signed_in")?;
        forget(visit)?;
        // Keycloak still knows the user.
        visit.browser.goto("about:blank")?;
        visit.open("/agent/ticket/1?onLoad=check#end")?;
        visit.wait_for("signed_in")?;
        asked_in_a_frame(visit)?;
        let url = visit.browser.url()?;
        ensure!(url.ends_with("/agent/ticket/1?onLoad=check#end"), "it came back to another place");
        Ok(())
    })
}

/// Keycloak was asked by a frame, which is gone again; this page was not left.
fn asked_in_a_frame(visit: &Visit<'_>) -> Result<()> {
    let script = "return [performance.getEntriesByType('navigation')[0].redirectCount, history.length, \
        document.querySelectorAll('iframe').length, \
        performance.getEntriesByType('resource').filter((e) => e.initiatorType === 'iframe' && e.name.includes('/auth?')).length]";
    let seen = visit.browser.run(script, &[])?;
    println!("    redirects, history, frames left, frames asked: {seen}");
    ensure!(seen[2] == 0 && seen[3] == 1, "redirects, history, frames left, frames asked: {seen}");
    visit.expect_clean_address()
}

/// Takes this browser's half of the key away, as the end of a browser session does.
fn forget(visit: &Visit<'_>) -> Result<()> {
    let left = visit.browser.run(
        "for (const [name] of document.cookie.matchAll(/otrs-auth[^=;]*/g)) document.cookie = name + '=; path=/; max-age=0'; \
         sessionStorage.clear(); return document.cookie",
        &[],
    )?;
    ensure!(!left.as_str().unwrap_or_default().contains("otrs-auth"), "the cookie is still there");
    Ok(())
}

/// The record of a browser session that is over opens nothing.
pub fn new_browser_session(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        forget(visit)?;
        visit.browser.goto("about:blank")?;
        visit.open("/agent/?onLoad=none")?;
        visit.wait_for("signed_out")?;
        let token = visit.ask("return await session.getToken().then(() => 'a token', (e) => e.code)")?;
        ensure!(token == "not_signed_in", "there is {token}");
        Ok(())
    })
}

/// The realm's longest session is over; nobody asks for a token, the page finds out by itself.
pub fn longest_session(world: &World, driver: &Driver) -> Result<()> {
    world.with_realm(json!({ "ssoSessionMaxLifespan": 8 }), || {
        visit(world, driver, |visit| {
            visit.enter("/agent/", "agent")?;
            visit.ask("await new Promise((later) => setTimeout(later, 2500)); await session.extend(); return 1")?;
            visit.wait_for("ended")?;
            let code = visit.ask("return await session.getToken().then(() => 'a token', (e) => e.code)")?;
            ensure!(code == "session_ended", "there is {code}");
            let reason = visit.text("ended-reason")?;
            ensure!(reason == "max_age", "the page gives the reason {reason}");
            Ok(())
        })
    })
}
