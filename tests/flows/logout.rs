//! The end of a session.

use anyhow::{Result, ensure};
use otrs_auth_tools::realms::AGENTS;
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, restoring};

fn ended(visit: &Visit<'_>, reason: &str) -> Result<()> {
    visit.wait_for("ended")?;
    let seen = visit.ask("return session.status.reason")?;
    ensure!(seen == reason, "it ended for the reason {seen} instead of {reason}");
    Ok(())
}

pub fn logout(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        let first = visit.browser.tab()?;
        let second = visit.browser.new_tab()?;
        visit.open("/agent/ticket/1")?;
        visit.wait_for("signed_in")?;
        visit.browser.to_tab(&first)?;
        // Twice, as impatient people do.
        visit.ask("setTimeout(() => { session.logout(); session.logout(); }, 50); return 1")?;
        visit.browser.until("the page after the log-out", 15, || {
            let url = visit.browser.url()?;
            Ok(url.starts_with(&format!("{}/agent/signed-out", world.app)).then_some(()))
        })?;
        ended(visit, "logged_out")?;
        visit.expect_clean_address()?;
        visit.browser.to_tab(&second)?;
        ended(visit, "logged_out_elsewhere")?;
        let refused = visit.ask("return await session.getToken().then(() => 'a token', e => e.code)")?;
        ensure!(refused == "session_ended", "after the log-out there is {refused}");
        // Keycloak's session is gone as well: it asks for the password again.
        visit.open("/agent/")?;
        visit.log_in("agent2")?;
        visit.wait_for("signed_in")
    })
}

pub fn switch_user(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        visit.ask("setTimeout(() => session.logout({ switchUser: true }), 50); return 1")?;
        visit.log_in("agent2")?;
        visit.wait_for("signed_in")?;
        let login = visit.ask("return session.user.login")?;
        ensure!(login == "agent2", "{login} is signed in");
        Ok(())
    })
}

pub fn disabled(world: &World, driver: &Driver) -> Result<()> {
    // One who is disabled from the start stays at Keycloak, which says why.
    visit(world, driver, |visit| {
        visit.open("/agent/")?;
        visit.log_in("disabled")?;
        visit.browser.until("Keycloak's own sentence", 10, || {
            let text = visit.browser.run("return document.body.innerText", &[])?;
            Ok(text.as_str().unwrap_or_default().contains("disabled").then_some(()))
        })
    })?;
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent2")?;
        world.admin.set_enabled(AGENTS.name, "agent2", false)?;
        let refresh = || {
            visit.ask(
                "return await session.getToken({ fresh: true }).then(() => null, e => [e.code, e.subject, e.remedy])",
            )
        };
        let error = restoring(refresh, || world.admin.set_enabled(AGENTS.name, "agent2", true))?;
        ensure!(error[0] == "session_ended" && error[1] == "account_disabled", "the error is {error}");
        let remedy = error[2].as_str().unwrap_or_default().to_string();
        ensure!(remedy.contains("Enabled") && remedy.contains(AGENTS.name), "the remedy is {remedy}");
        ended(visit, "account_disabled")?;
        ensure!(visit.text("ended")?.contains("Your account is switched off"), "the page does not say so");
        ensure!(visit.ask("return session.user")? == json!(null), "the user is still shown");
        Ok(())
    })
}
