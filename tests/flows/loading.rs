//! How the WebAssembly arrives, or does not.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Result, ensure};
use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use otrs_auth_tools::build::{Module, Variant};
use otrs_auth_tools::server;
use serde_json::json;

use crate::engines::Driver;
use crate::packaging::built;
use crate::site::Site;
use crate::trouble::create;
use crate::visit;
use crate::world::{World, test_page};

const CORE: &str = "/otrs-auth/otrs_auth_bg.wasm";

/// The module that secure pages fetch, as this type.
fn wasm(of_type: &'static str, asked: Arc<AtomicUsize>) -> Result<Router> {
    let bytes = std::fs::read(Variant::Npm.dist().join(Module::Core.file()))?;
    let answer = async move || {
        asked.fetch_add(1, Relaxed);
        ([("content-type", of_type)], bytes)
    };
    Ok(Router::new().route(CORE, get(answer)))
}

/// As OTOBO's own server sends it.
pub fn as_text(world: &World, driver: &Driver) -> Result<()> {
    let asked = Arc::new(AtomicUsize::new(0));
    let routes = wasm("text/plain; charset=utf-8", asked.clone())?;
    Site { routes, ..built("plain")? }.signs_in(world, driver)?;
    ensure!(asked.load(Relaxed) > 0, "it came from elsewhere");
    Ok(())
}

/// No file, a page in its place, a policy in its way: each names the address and what to do.
pub fn missing(world: &World, driver: &Driver) -> Result<()> {
    let none = Router::new().route(CORE, get(async || StatusCode::NOT_FOUND));
    let page = Router::new().route(CORE, get(async || axum::response::Html("<!doctype html>Not here").into_response()));
    let allowed = "script-src 'self' 'wasm-unsafe-eval'; connect-src";
    let cases = [
        ("no file", none, None),
        ("a page", page, None),
        ("connect-src", Router::new(), Some(format!("{allowed} {}", world.authority))),
    ];
    visit(world, driver, |visit| {
        for (what, routes, policy) in cases {
            let mut options = server::Options::new(&world.authority);
            options.routes = Some(routes.merge(test_page(Arc::default())));
            options.csp = policy;
            let server = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
            let error = create(visit, &server.base_url, &json!({ "authority": world.authority }))?;
            ensure!(error[0] == "wasm_unavailable" && error[3] == true, "{what}: {error}");
            ensure!(error[1] == format!("{}{CORE}", server.base_url), "{what}: the subject is {}", error[1]);
            let remedy = error[2].as_str().unwrap_or_default();
            ensure!(["beside", "wasmUrl", "connect-src"].iter().all(|word| remedy.contains(word)), "{what}: {remedy}");
        }
        Ok(())
    })
}

/// With the hints of the document each file is fetched once, and before the script asks for it.
pub fn preloaded(world: &World, driver: &Driver) -> Result<()> {
    let document = include_str!("../../docs/embedding.md");
    let hints: String = document.lines().filter(|line| line.starts_with("<link rel=")).collect();
    ensure!(hints.matches("<link").count() == 2, "docs/embedding.md has other hints");
    let asked = Arc::new(AtomicUsize::new(0));
    let html = format!("<!doctype html><title>Preload</title>{hints}<body><script type=module src=/main.js></script>");
    let routes = wasm("application/wasm", asked.clone())?;
    let routes = routes.route("/preload/", get(async move || axum::response::Html(html)));
    let options = json!({ "onLoad": "none" });
    let server = Site { routes, options, ..built("plain")? }.serve(&world.authority)?;
    visit(world, driver, |visit| {
        visit.browser.goto(&format!("{}/preload/", server.base_url))?;
        crate::site::status(visit, "signed_out")?;
        let by = visit.browser.run(
            "return performance.getEntriesByType('resource').filter((e) => e.name.endsWith(arguments[0])).map((e) => e.initiatorType)",
            &[json!(CORE)],
        )?;
        let asked = asked.load(Relaxed);
        ensure!(asked == 1 && by == json!(["link"]), "{asked} requests, by {by}");
        Ok(())
    })
}
