//! Content security policies: those of `docs/embedding.md`, word for word, and what lacks something.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::server;
use serde_json::json;

use crate::engines::Driver;
use crate::packaging::built;
use crate::site::Site;
use crate::trouble::create;
use crate::visit;
use crate::world::{World, test_page};

const DOCUMENT: &str = include_str!("../../docs/embedding.md");

/// The policy of the line that begins so, for this Keycloak.
fn line(start: &str, authority: &str) -> Result<String> {
    let line = DOCUMENT.lines().find_map(|line| line.strip_prefix(start));
    let (policy, _) =
        line.with_context(|| format!("no line begins with {start}"))?.split_once('"').context("a quote")?;
    Ok(here(policy, authority))
}

fn here(text: &str, authority: &str) -> String {
    text.replace("https://iam.example.com", authority)
}

pub fn nginx(world: &World, driver: &Driver) -> Result<()> {
    let policy = Some(line("add_header Content-Security-Policy \"", &world.authority)?);
    Site { policy, ..built("plain")? }.signs_in(world, driver)
}

pub fn apache(world: &World, driver: &Driver) -> Result<()> {
    let policy = Some(line("Header set Content-Security-Policy \"", &world.authority)?);
    Site { policy, ..built("classic")? }.signs_in(world, driver)
}

/// A policy that names every directive and nothing but the page itself, with what the document adds to it.
pub fn otrs(world: &World, driver: &Driver) -> Result<()> {
    let (_, rest) = DOCUMENT.split_once("`WebApp::Server::AdditionalOrigins`").context("the setting")?;
    let rows = rest.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let mut policy = String::from("default-src 'self'");
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('`').collect();
        let [_, directive, _, origin, _] = cells.as_slice() else { anyhow::bail!("not a row: {row}") };
        policy.push_str(&format!("; {directive} 'self' {}", here(origin, &world.authority)));
    }
    ensure!(policy.matches(';').count() == 3, "the document adds to other directives: {policy}");
    Site { policy: Some(policy), ..built("vite")? }.signs_in(world, driver)
}

/// One file asks for no more than Keycloak and the page's own API.
pub fn inline(world: &World, driver: &Driver) -> Result<()> {
    let policy =
        format!("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' {}", world.authority);
    Site { policy: Some(policy), path: "/inline/", ..built("plain")? }.signs_in(world, driver)
}

/// What each of these policies lacks is named: the table that was measured before anything was built.
pub fn lacking(world: &World, driver: &Driver) -> Result<()> {
    let keycloak = &world.authority;
    let all = format!("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' {keycloak}");
    let signed_out = ["ok", "signed_out", ""];
    let unreachable = ["keycloak_unreachable", "", "connect-src"];
    let blocked = ["wasm_blocked", "script-src", "'wasm-unsafe-eval'"];
    let cases = [
        ("", "none", signed_out),
        ("script-src 'self'", "none", blocked),
        ("script-src 'self' 'wasm-unsafe-eval'", "none", signed_out),
        ("script-src 'self' 'unsafe-eval'", "none", signed_out),
        ("default-src 'self'", "none", blocked),
        ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", "login", unreachable),
        (&all, "none", signed_out),
    ];
    visit(world, driver, |visit| {
        for (policy, load, [code, subject, remedy]) in cases {
            let mut options = server::Options::new(keycloak);
            options.csp = Some(policy.to_owned());
            options.routes = Some(test_page(Arc::default()));
            let server = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
            let said = create(visit, &server.base_url, &json!({ "authority": keycloak, "onLoad": load }))?;
            let fits = said[0] == code && (subject.is_empty() || said[1] == subject);
            ensure!(fits && said[2].as_str().unwrap_or_default().contains(remedy), "under \"{policy}\": {said}");
        }
        Ok(())
    })
}
