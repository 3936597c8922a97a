//! Logins that ask for more than being signed in, and required actions.

use anyhow::{Result, ensure};
use otrs_auth_tools::accounts;
use serde_json::{Value, json};

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World};

/// Leaves for Keycloak with these options, and waits for its page.
fn leave(visit: &Visit<'_>, options: &Value, css: &str) -> Result<()> {
    visit.ask(&format!("setTimeout(() => session.login({options}), 50); return 1"))?;
    let script = format!("return !!document.querySelector({})", json!(css));
    visit.browser.until(&format!("{css} at Keycloak"), 20, || {
        let there = visit.browser.url()?.starts_with(&visit.world.authority);
        Ok((there && visit.browser.run(&script, &[])? == true).then_some(()))
    })
}

fn give_password(visit: &Visit<'_>) -> Result<()> {
    visit.browser.fill("#password", &accounts::password())?;
    visit.browser.click("#kc-login")
}

/// Somebody who is signed in gives the password once more, because the last time is too long ago.
fn again(visit: &Visit<'_>) -> Result<()> {
    let before = visit.ask("return JSON.parse(atob((await session.getToken()).split('.')[1])).auth_time")?;
    crate::world::pause(2_100);
    leave(visit, &json!({ "maxAge": 1, "returnTo": "/agent/ticket/2" }), "#password")?;
    give_password(visit)?;
    visit.wait_for("signed_in")?;
    let seen = visit.ask(
        "return [JSON.parse(atob((await session.getToken()).split('.')[1])).auth_time, location.pathname, session.actionResult]",
    )?;
    ensure!(seen[0].as_i64() > before.as_i64(), "signed in at {before}, then at {}", seen[0]);
    ensure!(seen[1] == "/agent/ticket/2" && seen[2].is_null(), "it is {seen}");
    Ok(())
}

/// The page is told once how an action ended that it asked for.
fn action(visit: &Visit<'_>) -> Result<()> {
    leave(visit, &json!({ "action": "UPDATE_PASSWORD" }), "[name=cancel-aia]")?;
    visit.browser.click("[name=cancel-aia]")?;
    visit.wait_for("signed_in")?;
    ensure!(visit.ask("return session.actionResult")? == "cancelled", "the page was not told");
    visit.browser.reload()?;
    visit.wait_for("signed_in")?;
    ensure!(visit.ask("return session.actionResult")?.is_null(), "the page was told twice");
    leave(visit, &json!({ "action": "UPDATE_PROFILE" }), "#kc-update-profile-form, form")?;
    visit.browser.click("[type=submit]:not([name=cancel-aia])")?;
    visit.wait_for("signed_in")?;
    ensure!(visit.ask("return session.actionResult")? == "success", "the page was not told");
    Ok(())
}

/// The realm knows no such class: Keycloak signs in by another, which is not what was asked for.
fn class(visit: &Visit<'_>) -> Result<()> {
    leave(visit, &json!({ "acr": "gold" }), "#password")?;
    give_password(visit)?;
    visit.browser.until("a refusal", 20, || {
        let script = "return document.querySelector('[data-test=error]')?.textContent ?? ''";
        let told = visit.browser.run(script, &[])?;
        Ok(told.as_str().unwrap_or_default().contains("id_token_authentication").then_some(()))
    })
}

pub fn step_up(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        again(visit)?;
        action(visit)?;
        class(visit)
    })
}

/// A visitor without an account makes one, and the account pages are there.
pub fn registration(world: &World, driver: &Driver) -> Result<()> {
    world.with_realm(json!({ "registrationAllowed": true }), || {
        visit(world, driver, |visit| {
            visit.open("/agent/?onLoad=none")?;
            visit.wait_for("signed_out")?;
            leave(visit, &json!({ "prompt": "create" }), "#kc-register-form")?;
            visit.enter("/agent/", "agent")?;
            let url = visit.ask("return session.accountUrl()")?;
            visit.browser.goto(url.as_str().unwrap_or_default())?;
            visit.browser.until("the account pages", 20, || {
                let script = "return document.body.innerText.includes('Personal info')";
                Ok((visit.browser.run(script, &[])? == true).then_some(()))
            })
        })
    })
}
