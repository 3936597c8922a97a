//! A provider that other people wrote: what is right about us is not only right to ourselves.

use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use otrs_auth_tools::process::{command, root, spawn};
use serde_json::json;

use crate::Test;
use crate::engines::free_port;
use crate::test;
use crate::world::{Visit, World};

pub fn tests() -> Vec<Test> {
    vec![test("independent_provider", login_refresh_logout)]
}

fn login_refresh_logout(world: &World<'_>) -> Result<()> {
    let port = free_port()?;
    let authority = format!("http://localhost:{port}");
    let options = json!({ "authority": authority, "onLoad": "login" });
    let page = format!("{}/independent/{}/", world.app, BASE64URL.encode(options.to_string()));
    let mut node = command("node");
    node.arg(root().join("tests/hostile/independent.mjs")).args([&port.to_string(), &page]);
    let _node = spawn(&mut node, "independent-provider")?;
    world.alone(|visit| {
        visit.until("the other provider", 20, || Ok(TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())))?;
        visit.browser.goto(&page)?;
        log_in(visit)?;
        visit.signed_in()?;
        visit.is_clean()?;
        let seen = visit.ask(
            "const before = await session.getToken();
             const after = (await Promise.all([1, 2, 3, 4, 5].map(() => session.getToken({ fresh: true }))));
             return [session.user.login, session.roles, session.scope, before !== after[0], new Set(after).size]",
        )?;
        ensure!(seen == json!(["root@localhost", ["Agent"], "openid profile email", true, 1]), "the page says {seen}");
        // Once more: with the rotated refresh token.
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no second refresh");
        visit.browser.reload()?;
        visit.signed_in()?;
        visit.ask("setTimeout(() => session.logout(), 10)")?;
        // It asks, where Keycloak does not.
        press(visit, "button[name=logout], button[type=submit]").context("the question before the log-out")?;
        visit.is("ended")?;
        visit.is_clean()
    })
}

fn log_in(visit: &Visit<'_>) -> Result<()> {
    visit.until("the login form", 15, || Ok(visit.browser.fill("input[name=login]", "root").ok()))?;
    visit.browser.fill("input[name=password]", "any")?;
    press(visit, "button[type=submit]")
}

/// By a script: a click of the driver's on a page that is not painted yet comes to nothing. A button may stand before
/// its form.
fn press(visit: &Visit<'_>, css: &str) -> Result<()> {
    let script = "const button = document.readyState !== 'loading' && document.querySelector(arguments[0]); \
        if (button) button.click(); return Boolean(button)";
    visit.until("a button", 10, || Ok((visit.browser.run(script, &[json!(css)])? == true).then_some(())))
}
