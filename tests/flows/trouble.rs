//! What goes wrong, each with its own error and its remedy.

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::admin::text;
use otrs_auth_tools::http::encode;
use otrs_auth_tools::realms::{AGENTS, APP};
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, restoring};

/// Signed in, but kept out: the code, and what the remedy has to name.
fn kept_out(visit: &Visit<'_>, code: &str, named: &[&str]) -> Result<()> {
    visit.wait_for("no_access")?;
    let seen = visit.ask(
        "const p = session.status.problem; const refused = await session.getToken().then(() => 'a token', e => e.code); \
         return [p.code, p.remedy, refused, p.name === 'AuthError' && p.message.length > 10]",
    )?;
    ensure!(seen[0] == code && seen[2] == code && seen[3] == true, "the problem is {seen}");
    let remedy = seen[1].as_str().unwrap_or_default();
    for name in named {
        ensure!(remedy.contains(name), "the remedy does not name {name}: {remedy}");
    }
    let shown = visit.text("problem-code")?;
    ensure!(shown == code, "the page shows {shown}");
    Ok(())
}

/// The page could not start: the code, and what the remedy has to name.
fn failed(visit: &Visit<'_>, code: &str, named: &[&str]) -> Result<()> {
    visit.wait_for("failed")?;
    let shown = visit.text("error-code")?;
    ensure!(shown == code, "the page shows {shown}");
    let remedy = visit.text("error-remedy")?;
    for name in named {
        ensure!(remedy.contains(name), "the remedy does not name {name}: {remedy}");
    }
    Ok(())
}

pub fn role_missing(world: &World, driver: &Driver) -> Result<()> {
    for login in ["norole", "wrongrole"] {
        visit(world, driver, |visit| {
            visit.open("/agent/")?;
            visit.log_in(login)?;
            kept_out(visit, "role_missing", &["Agent", APP, AGENTS.name])?;
            // No loop: a reload changes nothing and asks nobody.
            visit.browser.reload()?;
            visit.wait_for("no_access")?;
            ensure!(visit.requests("")? == 0, "the reload asked Keycloak");
            visit.browser.click("[data-test=switch-user]")?;
            visit.log_in("agent")?;
            visit.wait_for("signed_in")
        })?;
    }
    visit(world, driver, |visit| {
        visit.open("/agent/")?;
        visit.log_in("norole")?;
        visit.wait_for("no_access")?;
        visit.browser.click("[data-test=logout]")?;
        visit.wait_for("ended")
    })
}

pub fn customerid_missing(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open("/customer/")?;
        visit.log_in("nocustomerid")?;
        kept_out(visit, "customerid_missing", &["customerid", "otrs-customer-users"])
    })
}

pub fn profile_missing(world: &World, driver: &Driver) -> Result<()> {
    // The client lacks the scope that is asked for: Keycloak refuses it.
    world.admin.set_default_scope(AGENTS.name, APP, "profile", false)?;
    let refused = || {
        visit(world, driver, |visit| {
            visit.open("/agent/")?;
            failed(visit, "scope_refused", &["Client scopes", APP])
        })
    };
    restoring(refused, || world.admin.set_default_scope(AGENTS.name, APP, "profile", true))?;
    // The scope is there, but does not say who the user is.
    let scopes = world.admin.get(&format!("/realms/{}/client-scopes", AGENTS.name))?;
    let profile = scopes.as_array().into_iter().flatten().find(|scope| scope["name"] == "profile");
    let profile = profile.context("the realm has a scope profile")?;
    let path = format!("/realms/{}/client-scopes/{}/protocol-mappers/models", AGENTS.name, text(profile, "id"));
    let mappers = world.admin.get(&path)?;
    let mapper = mappers.as_array().into_iter().flatten().find(|mapper| mapper["name"] == "username");
    let mapper = mapper.context("the scope has a mapper username")?;
    world.admin.delete(&format!("{path}/{}", text(mapper, "id")))?;
    let incomplete = || {
        visit(world, driver, |visit| {
            visit.open("/agent/")?;
            visit.log_in("agent")?;
            kept_out(visit, "claim_missing", &["profile", APP, "preferred_username"])
        })
    };
    restoring(incomplete, || world.admin.post(&path, mapper).map(drop))
}

/// Calls `createSession` on a page with nothing else; the error's code, subject and remedy.
pub fn create(visit: &Visit<'_>, app: &str, options: &Value) -> Result<Value> {
    visit.browser.goto(&format!("{app}/flow-test/?{}", encode(&options.to_string())))?;
    let result = visit.browser.until("a result of createSession", 12, || {
        let result = visit.browser.run("return document.body?.dataset.result ?? null", &[])?;
        Ok(result.as_str().map(String::from))
    })?;
    Ok(serde_json::from_str(&result)?)
}

pub fn redirect_uri(world: &World, driver: &Driver) -> Result<()> {
    world.with_client(json!({ "redirectUris": ["http://localhost:5173/*"] }), || {
        visit(world, driver, |visit| {
            visit.open("/")?;
            visit.open("/agent/")?;
            visit.browser.until("Keycloak's error page", 15, || {
                let text = visit.browser.run("return document.body.innerText", &[])?;
                Ok(text.as_str().unwrap_or_default().contains("redirect_uri").then_some(()))
            })?;
            visit.browser.back()?;
            let uri = format!("{}/agent/", world.app);
            failed(visit, "redirect_uri_refused", &[&uri, "Valid redirect URIs", APP])?;
            // The same by a page that is loaded anew.
            visit.open("/agent/")?;
            failed(visit, "redirect_uri_refused", &[&uri])
        })
    })
}

pub fn client_unknown(world: &World, driver: &Driver) -> Result<()> {
    world.with_client(json!({ "enabled": false }), || {
        visit(world, driver, |visit| {
            visit.open("/")?;
            visit.open("/agent/")?;
            visit.browser.until("Keycloak's error page", 15, || {
                let url = visit.browser.url()?;
                Ok(url.starts_with(&world.authority).then_some(()))
            })?;
            visit.browser.back()?;
            failed(visit, "client_unknown", &[APP, AGENTS.name])
        })
    })?;
    // The same by a client id with a mistake in it.
    let options = json!({ "onLoad": "login", "clientId": "otrs-ap" });
    let desk = Desk::start(world, "localhost", &world.authority, "", &options)?;
    visit(world, driver, |visit| {
        visit.browser.goto(&desk.url)?;
        visit.browser.until("Keycloak's error page", 15, || {
            Ok(visit.browser.url()?.starts_with(&world.authority).then_some(()))
        })?;
        visit.browser.back()?;
        let remedy = desk.fails(visit, "client_unknown")?;
        ensure!(remedy.contains("\"otrs-ap\""), "the remedy is {remedy}");
        Ok(())
    })
}

pub fn web_origin(world: &World, driver: &Driver) -> Result<()> {
    world.with_client(json!({ "webOrigins": ["http://localhost:5173"] }), || {
        visit(world, driver, |visit| {
            visit.open("/agent/")?;
            visit.log_in("agent")?;
            failed(visit, "web_origin_missing", &[&world.app, "Web origins", APP])
        })
    })
}

pub fn realm_not_found(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        let error = create(
            visit,
            &world.app,
            &json!({ "authority": world.authority, "realm": "otrs-agent", "onLoad": "login" }),
        )?;
        ensure!(error[0] == "realm_not_found", "the error is {error}");
        let remedy = error[2].as_str().unwrap_or_default();
        ensure!(remedy.contains("realms/otrs-agent "), "the remedy is {remedy}");
        ensure!(visit.browser.url()?.starts_with(&world.app), "the browser left");
        Ok(())
    })
}

pub fn down(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        world.without_keycloak(|| {
            visit.open("/agent/")?;
            failed(visit, "keycloak_unreachable", &[&world.authority])?;
            ensure!(visit.browser.url()?.starts_with(&world.app), "the browser left");
            Ok(())
        })?;
        visit.browser.click("[data-test=retry]")?;
        visit.log_in("agent")?;
        visit.wait_for("signed_in")
    })
}

pub fn wasm_blocked(world: &World, driver: &Driver) -> Result<()> {
    let mut options = server::Options::new(&world.authority);
    options.csp = Some(format!("default-src 'self'; connect-src 'self' {}", world.authority));
    options.routes = Some(crate::world::test_page(std::sync::Arc::default()));
    let strict = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
    visit(world, driver, |visit| {
        let error = create(visit, &strict.base_url, &json!({ "authority": world.authority }))?;
        ensure!(error[0] == "wasm_blocked" && error[3] == true, "the error is {error}");
        ensure!(error[2].as_str().unwrap_or_default().contains("'wasm-unsafe-eval'"), "the remedy is {error}");
        Ok(())
    })
}
