//! The example front ends of `www/examples`: they sign in, and what they load afterwards asks Keycloak nothing.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, pause};

/// This page load was signed in without asking Keycloak, and without having been there.
fn signed_in_by_itself(visit: &Visit<'_>) -> Result<()> {
    visit.wait_for("signed_in")?;
    // A request is counted when it is done.
    pause(500);
    let requests = visit.requests("")?;
    ensure!(requests == 0, "{requests} requests to Keycloak");
    let here = "const [load] = performance.getEntriesByType('navigation'); return [load.redirectCount, history.length]";
    let load = visit.browser.run(here, &[])?;
    ensure!(load[0] == 0, "the page was led elsewhere");
    visit.expect_clean_address()
}

fn ends_with(visit: &Visit<'_>, path: &str) -> Result<()> {
    let url = visit.browser.url()?;
    ensure!(url == format!("{}{path}", visit.world.app), "the page is {url}, not {path}");
    Ok(())
}

/// A link that leads to another page or view.
fn follow(visit: &Visit<'_>, css: &str) -> Result<()> {
    visit.browser.until(&format!("the link {css}"), 5, || Ok(visit.browser.click(css).ok()))
}

/// At the narrowest that pages are made for nothing has to be scrolled sideways, and the keyboard gets everywhere.
fn narrow_and_by_keyboard(visit: &Visit<'_>) -> Result<()> {
    let script = "const frame = document.createElement('iframe'); frame.width = 320; frame.height = 600; frame.frameBorder = 0; \
        frame.src = location.href; document.body.append(frame); \
        const ready = () => frame.contentDocument?.body?.dataset.status === 'signed_in' && frame.contentDocument.querySelector('main h1'); \
        for (let i = 0; i < 100 && !ready(); i++) await new Promise((done) => setTimeout(done, 50)); \
        const page = frame.contentDocument; const wide = page.documentElement.scrollWidth; \
        const lost = [...page.querySelectorAll('a, button')].filter((one) => one.tabIndex < 0 || !one.textContent.trim()).length; \
        const landmarks = ['header', 'main', 'footer', 'h1', '.skip'].filter((css) => page.querySelectorAll(css).length !== 1); \
        frame.remove(); return [wide, lost, landmarks]";
    let seen = visit.browser.run(script, &[])?;
    ensure!(seen == json!([320, 0, []]), "width, what no key reaches, landmarks: {seen}");
    Ok(())
}

/// Routes that are loaded when they are needed, guards, and a deep link below a base path.
pub fn vue(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/examples/vue/ticket/2?from=mail#notes", "agent")?;
        ends_with(visit, "/examples/vue/ticket/2?from=mail#notes")?;
        ensure!(visit.text("title")? == "VPN drops every twenty minutes", "the ticket is another one");
        visit.open("/examples/vue/")?;
        signed_in_by_itself(visit)?;
        follow(visit, "[data-test=ticket]")?;
        visit.text("title")?;
        ends_with(visit, "/examples/vue/ticket/1")?;
        let scripts = "return performance.getEntriesByType('resource').filter((one) => /built.vue.ticket-/.test(one.name)).length";
        ensure!(visit.browser.run(scripts, &[])? == 1, "the route has no file of its own");
        narrow_and_by_keyboard(visit)?;

        visit.open("/examples/vue/admin")?;
        visit.text("no-access")?;
        ends_with(visit, "/examples/vue/no-access")?;
        ensure!(visit.requests("")? == 0, "whoever lacks a role is not sent to log in again");

        visit.open("/examples/vue/profile")?;
        signed_in_by_itself(visit)?;
        ensure!(visit.text("who")? == "Ada Lovelace", "somebody else is shown");
        follow(visit, "[data-test=logout]")?;
        visit.text("signed-out")?;
        ends_with(visit, "/examples/vue/signed-out")?;
        follow(visit, "[data-test=enter]")?;
        visit.log_in("norole")?;
        visit.wait_for("no_access")?;
        let remedy = visit.text("remedy")?;
        ensure!(remedy.contains("Role mapping"), "the remedy is {remedy}");
        ends_with(visit, "/examples/vue/no-access")
    })
}

/// Pages that are loaded one by one, as those of OTOBO and Znuny.
pub fn classic(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/examples/classic/ticket.html?TicketID=2;Action=Zoom", "agent")?;
        ends_with(visit, "/examples/classic/ticket.html?TicketID=2;Action=Zoom")?;
        for path in
            ["/examples/classic/", "/examples/classic/preferences.html", "/examples/classic/ticket.html?TicketID=3"]
        {
            visit.open(path)?;
            signed_in_by_itself(visit)?;
            ends_with(visit, path)?;
        }
        visit.text("facts")?;
        visit.open("/examples/classic/")?;
        follow(visit, "[data-test=ticket]")?;
        visit.browser.until("the ticket's page", 5, || Ok(visit.browser.url()?.contains("TicketID").then_some(())))?;
        signed_in_by_itself(visit)?;
        narrow_and_by_keyboard(visit)?;
        follow(visit, "[data-test=logout]")?;
        let there = || Ok(ends_with(visit, "/examples/classic/?Action=Logout").ok());
        visit.browser.until("the page after the log-out", 20, there)?;
        visit.wait_for("ended")?;
        follow(visit, "[data-test=login]")?;
        visit.log_in("agent")?;
        visit.wait_for("signed_in")
    })
}
