//! Where a login or log-out comes back to: never another origin, never a script.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Test;
use crate::provider::{Endpoint, Fault};
use crate::test;
use crate::world::{Visit, World};

/// Addresses that leave the origin or run something, each by another trick.
const REFUSED: &[&str] = &[
    "https://evil.test/",
    "http://evil.test",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "\t//evil.test",
    " //evil.test",
    "\u{0}//evil.test",
    "\u{1f}//evil.test",
    "https:\\\\evil.test",
    "https:evil.test",
    "ht\ntps://evil.test",
    "//evil\u{3002}test",
    "//user@evil.test",
    "//localhost@evil.test/",
    "http://localhost:1/",
    "https://localhost/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "about:blank",
    "blob:https://evil.test/1-2-3",
    "ftp://localhost/",
    "mailto:root@localhost",
    "view-source:http://localhost/",
    "ws://localhost/",
    "http://[::1]/",
    "http://0x7f.1/",
    "http:////evil.test",
    "http:///evil.test",
];

/// Odd addresses of our own.
const OURS: &[&str] = &[
    "/hostile/blank",
    "/..//evil.test",
    "/.//evil.test",
    "..//evil.test",
    "?next=//evil.test",
    "#//evil.test",
    "%2F%2Fevil.test",
];

pub fn tests() -> Vec<Test> {
    vec![
        test("a_20_at_the_login", at_login),
        test("a_20_c_93_after_the_logout", at_logout),
        test("a_20_from_a_poisoned_store", poisoned),
        test("a_20_odd_addresses_of_ours", ours),
        test("an_error_tells_where_the_login_began", failed),
    ]
}

fn refused(visit: &Visit<'_>, method: &str) -> Result<()> {
    // With a blob of our own origin, and our own origin with a user name in it.
    let script = "const own = location.origin.replace('://', '://user@') + '/';
        const all = [...JSON.parse(arguments0), own, URL.createObjectURL(new Blob(['x'])), new URL('https://evil.test')];
        const wrong = [];
        for (const returnTo of all) {
          const code = await page.session[METHOD]({ returnTo }).then(() => 'accepted', (error) => error.code);
          if (code !== 'return_url_refused') wrong.push([String(returnTo), code]);
        }
        return wrong";
    let list = serde_json::to_string(&json!(REFUSED).to_string())?;
    let wrong = visit.ask(&script.replace("arguments0", &list).replace("METHOD", &format!("'{method}'")))?;
    ensure!(wrong == json!([]), "not refused: {wrong}");
    Ok(())
}

fn at_login(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.open(&client, json!({}))?;
        visit.is("signed_out")?;
        refused(visit, "login")?;
        visit.asked(&client, Endpoint::Authorization, 0)
    })
}

fn at_logout(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        refused(visit, "logout")?;
        ensure!(visit.status()? == "signed_in", "a refused log-out is none");
        visit.asked(&client, Endpoint::EndSession, 0)?;
        // The options are no better place.
        visit.open(&client, json!({ "postLogoutRedirectUri": "https://evil.test/" }))?;
        visit.refused("option_invalid")?;
        visit.open(&client, json!({ "redirectUri": "//evil.test/" }))?;
        visit.refused("option_invalid")
    })
}

fn poisoned(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for target in
            ["https%3A%2F%2Fevil.test%2F", "%2F%2Fevil.test", "javascript%3Aalert(1)", "", "%00", "https%3A%2F%2F"]
        {
            let client = world.client();
            let request = visit.pending(&client, json!({}))?;
            let callback = visit.callback(&request)?;
            visit.leave()?;
            let change = format!("return text.replace(/return_to=[^&]*/, 'return_to={target}')");
            visit.rewrite(request.get("state"), &change)?;
            visit.browser.goto(&callback)?;
            visit.signed_in()?;
            ensure!(visit.browser.url()?.starts_with(&world.app), "it went to {}", visit.browser.url()?);
        }
        // The same after a login that failed, whose address another try would go to.
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?.replace("iss=", "iss=x");
        visit.leave()?;
        visit.rewrite(
            request.get("state"),
            "return text.replace(/return_to=[^&]*/, 'return_to=https%3A%2F%2Fevil.test')",
        )?;
        visit.browser.goto(&callback)?;
        visit.refused("callback_issuer_mismatch")
    })
}

fn ours(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for target in OURS {
            let client = world.client();
            visit.open(&client, json!({}))?;
            visit.is("signed_out")?;
            let script = format!("setTimeout(() => session.login({{ returnTo: {} }}), 10)", json!(target));
            visit.ask(&script)?;
            visit.comes(&client, Endpoint::Token, 1)?;
            visit.until("the way back", 10, || {
                let there = visit
                    .browser
                    .run("return document.readyState === 'complete' && !document.title.startsWith('Login')", &[])?;
                Ok((there == true).then_some(()))
            })?;
            crate::world::pause(200);
            let origin = visit.browser.run("return location.origin", &[])?;
            ensure!(origin == world.app, "{target} went to {origin}");
        }
        Ok(())
    })
}

/// Whoever tries again can arrive where they wanted to go.
fn failed(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let refusal = Fault::status(400, "application/json", json!({ "error": "invalid_grant" }).to_string());
        world.provider.be(|faults| drop(faults.answers.insert(Endpoint::Token, refusal)));
        let page = visit.page(&client, json!({}));
        visit.browser.goto(&page)?;
        visit.is("signed_out")?;
        leave_by(visit, "session.login({ returnTo: 'ticket/42?a=1#b' })")?;
        visit.refused("code_refused")?;
        ensure!(visit.browser.url()? == page, "it is at {}", visit.browser.url()?);
        world.provider.be_honest();
        let again = "page.createSession({ ...page.options, onLoad: 'none' }).then((session) => session.login({ returnTo: page.error.returnTo }))";
        leave_by(visit, again)?;
        visit.signed_in()?;
        let url = visit.browser.url()?;
        ensure!(url == format!("{page}ticket/42?a=1#b"), "it arrived at {url}");
        Ok(())
    })
}

/// Leaves this document, and waits until it is gone.
fn leave_by(visit: &Visit<'_>, call: &str) -> Result<()> {
    visit.ask(&format!("window.left = true; setTimeout(() => {call}, 10)"))?;
    visit.until("the page after the login", 10, || {
        Ok((visit.browser.run("return window.left ?? false", &[])? == false).then_some(()))
    })
}
