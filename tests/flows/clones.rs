//! Tabs that begin as copies of another one: the browser copies what the tab remembers, too.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::engines::Driver;
use crate::tabs::one_refresh_of;
use crate::visit;
use crate::world::{Visit, World};

/// What the tab remembers, as one text.
const REMEMBERED: &str = "return JSON.stringify(Object.entries(sessionStorage).sort())";

/// A copy is signed in without asking Keycloak.
fn joined(visit: &Visit<'_>, what: &str) -> Result<()> {
    visit.wait_for("signed_in").with_context(|| what.to_string())?;
    ensure!(visit.requests("")? == 0, "{what} asked Keycloak");
    let login = visit.ask("return session.user.login")?;
    ensure!(login == "agent", "in {what} {login} is signed in");
    Ok(())
}

/// A page that the page opens, and a tab that the user duplicates.
pub fn clones(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/ticket/1", "agent")?;
        let mut tabs = vec![visit.browser.tab()?];
        let remembered = visit.browser.run(REMEMBERED, &[])?;
        ensure!(remembered.as_str().unwrap_or_default().contains("otrs-auth"), "a tab remembers nothing: {remembered}");

        visit.browser.run("setTimeout(() => open(location.href), 0); return 1", &[])?;
        let opened = visit
            .browser
            .until("the other window", 10, || Ok(visit.browser.tabs()?.into_iter().find(|tab| !tabs.contains(tab))))?;
        visit.browser.to_tab(&opened)?;
        joined(visit, "the window that was opened")?;
        let copied = visit.browser.run("return [opener !== null, sessionStorage.length > 0]", &[])?;
        ensure!(copied == json!([true, true]), "it is no copy: {copied}");
        tabs.push(opened);

        // WebDriver duplicates no tab: a new one gets what the first one remembers before our page is loaded.
        let duplicate = visit.browser.new_tab()?;
        visit.browser.goto(&format!("{}/icon.svg", world.app))?;
        let copy =
            "for (const [name, value] of JSON.parse(arguments[0])) sessionStorage.setItem(name, value); return 1";
        visit.browser.run(copy, std::slice::from_ref(&remembered))?;
        visit.open("/agent/ticket/1")?;
        joined(visit, "the duplicated tab")?;
        tabs.push(duplicate);

        one_refresh_of(visit, &tabs)?;
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            ensure!(visit.status()? == "signed_in", "after the refresh it is {}", visit.status()?);
        }
        // One that goes leaves the others theirs.
        visit.browser.close_tab()?;
        visit.browser.to_tab(tabs.first().context("a tab")?)?;
        visit.ask("return await session.getToken({ fresh: true })").map(drop)
    })
}
