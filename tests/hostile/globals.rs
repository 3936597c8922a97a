//! A script of the same origin that comes after the import and replaces whatever it can.

use anyhow::{Result, ensure};
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};

use crate::engines::Engine;
use crate::provider::{Demand, Endpoint};
use crate::test;
use crate::world::{Visit, World};
use crate::{Engines, Test};

pub fn tests() -> Vec<Test> {
    vec![
        test("a_40_replaced_globals_see_no_secret", |world| replaced(world, "globals", "off")),
        test("a_40_c_103_replaced_globals_see_no_secret_that_is_bound", |world| replaced(world, "globals", "refresh")),
        Test {
            engines: Engines::NotWebkit,
            ..test("a_40_replaced_globals_see_no_secret_of_inline", |world| replaced(world, "globals-inline", "off"))
        },
        Test {
            engines: Engines::NotWebkit,
            ..test("a_40_replaced_globals_see_no_secret_of_classic", |world| replaced(world, "globals-classic", "off"))
        },
    ]
}

/// How the pages get the package.
const IMPORTS: [(&str, &str); 3] = [
    ("globals", "import { createSession } from \"/otrs-auth/index.js\";"),
    ("globals-inline", "import { createSession } from \"/otrs-auth/inline.js\";"),
    ("globals-classic", "import \"/otrs-auth/otrs-auth.classic.js\"; const { createSession } = OtrsAuth;"),
];

/// The pages that import the package and then replace everything.
pub fn page() -> axum::Router {
    IMPORTS.iter().fold(axum::Router::new(), |router, (name, import)| {
        let html = format!("<!doctype html><title>{name}</title><body><script type=module src=/{name}.js></script>");
        let script = include_str!("globals.js").replacen(IMPORTS[0].1, import, 1);
        let script = async move || ([("content-type", "text/javascript")], script);
        router
            .route(&format!("/{name}.js"), get(script))
            .route(&format!("/{name}/{{options}}/"), get(async move || Html(html)))
    })
}

fn replaced(world: &World<'_>, name: &str, dpop: &str) -> Result<()> {
    world.alone(|visit| {
        if dpop != "off" {
            world.provider.be(|faults| faults.proofs = Some(Demand { token_type: "Bearer", ..Demand::default() }));
        }
        let client = world.client();
        let page = visit.page(&client, json!({ "onLoad": "login", "dpop": dpop }));
        let page = page.replacen("/hostile/", &format!("/{name}/"), 1);
        visit.browser.goto(&page)?;
        visit.signed_in()?;
        ask(visit, "session.getToken({ fresh: true })")?;
        ask(visit, "session.fetch('/hostile/echo').then((answer) => answer.text())")?;
        // From the record.
        visit.leave()?;
        visit.browser.goto(&page)?;
        visit.signed_in()?;
        ask(visit, "session.getToken({ fresh: true })")?;
        visit.asked(&client, Endpoint::Token, 3)?;
        visit.browser.run("setTimeout(() => page.session.logout(), 0)", &[])?;
        visit.comes(&client, Endpoint::EndSession, 1)?;
        visit.is_back()?;
        visit.leave()?;
        let seen = visit.browser.run("return sessionStorage.getItem('seen')", &[])?;
        let seen: Vec<String> = serde_json::from_str(seen.as_str().unwrap_or_default())?;
        hunt(&seen, &world.provider.secrets(&client), world.driver.engine)
    })
}

/// Does something with the session; what it gives stays in the page.
fn ask(visit: &Visit<'_>, call: &str) -> Result<()> {
    let script = format!("page.asked = null; {call}.then(() => page.asked = 'ok', (e) => page.asked = String(e))")
        .replace("session.", "page.session.");
    visit.browser.run(&script, &[])?;
    let asked = visit.until(call, 20, || {
        let asked = visit.browser.run("return page.asked", &[])?;
        Ok((asked != Value::Null).then_some(asked))
    })?;
    ensure!(asked == "ok", "{call}: {asked}");
    Ok(())
}

fn hunt(seen: &[String], secrets: &[(String, String)], engine: Engine) -> Result<()> {
    let whole = seen.iter().filter(|text| text.ends_with("the WebAssembly itself"));
    let mut leaks: Vec<String> = whole.cloned().collect();
    for (kind, secret) in secrets {
        // The beginning of tokens is alike.
        let end = secret.get(secret.len().saturating_sub(24)..).unwrap_or(secret);
        let places = seen.iter().filter(|text| text.contains(end)).filter_map(|text| text.split_once(": "));
        leaks.extend(places.map(|(place, _)| format!("{kind} in {place}")));
    }
    // WebKit's streams are written in JavaScript, and look at the `constructor` of the promises they wait for.
    leaks.retain(|leak| engine != Engine::Webkit || !leak.ends_with(" in Promise.prototype.constructor"));
    leaks.sort();
    leaks.dedup();
    // The access token is for the page.
    let (expected, leaks): (Vec<_>, Vec<_>) = leaks.into_iter().partition(|leak| leak.starts_with("access_token in "));
    ensure!(!expected.is_empty(), "it sees nothing at all");
    ensure!(leaks.is_empty(), "{} leaks: {}", leaks.len(), leaks.join(", "));
    Ok(())
}
