//! Why sessions end: each reason from the real server, in every tab at about the same time, once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::http::Client;
use otrs_auth_tools::realms::{AGENTS, APP};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::engines::Driver;
use crate::visit;
use crate::watched::{Tabs, with_somebody};
use crate::world::{World, restoring};

/// What an administrator does to a user or to all of them, and what another tab does.
pub fn by_people(world: &World, driver: &Driver) -> Result<()> {
    let admin = &world.admin;
    visit(world, driver, |visit| {
        let tabs = Tabs::enter(visit, &format!("{}/agent/", world.app), "agent2", 3)?;
        admin.logout_user(AGENTS.name, "agent2")?;
        tabs.refused()?;
        tabs.ended("logged out by an administrator", "ended_by_keycloak")?;

        tabs.again("agent2")?;
        admin.set_enabled(AGENTS.name, "agent2", false)?;
        restoring(|| tabs.refused(), || admin.set_enabled(AGENTS.name, "agent2", true))?;
        tabs.ended("switched off", "account_disabled")?;

        tabs.again("agent2")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        // Keycloak counts in whole seconds: the one in which the tokens were made is to be over.
        world.with_realm(json!({ "notBefore": now + 1 }), || tabs.refused())?;
        tabs.ended("not-before pushed", "revoked")?;

        with_somebody(visit, "leaver", |user| {
            admin.logout_user(AGENTS.name, "agent2")?;
            tabs.again("leaver")?;
            admin.delete(user)?;
            tabs.refused()?;
            tabs.ended("deleted", "ended_by_keycloak")
        })
    })
}

/// A fetch that keeps the last refresh token, as somebody would who steals it.
const STEALING: &str = "const ask = window.fetch; window.fetch = async (...given) => { const answer = await ask(...given); \
    if (String(given[0].url ?? given[0]).endsWith('/token')) window.stolen = (await answer.clone().json()).refresh_token; \
    return answer; };";

/// The realm takes each refresh token once only, and somebody else has one.
pub fn reuse(world: &World, driver: &Driver) -> Result<()> {
    let desk = Desk::before(world, STEALING, &json!({ "onLoad": "login" }))?;
    let rotation = json!({ "revokeRefreshToken": true, "refreshTokenMaxReuse": 0 });
    let attack = || {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &desk.url, "agent", 2)?;
            let steal = || -> Result<String> {
                let stolen = visit.browser.run("return window.stolen ?? null", &[])?;
                Ok(stolen.as_str().context("no refresh token was seen")?.to_string())
            };
            tabs.ask("await session.getToken({ fresh: true }); return 1")?;
            let stolen = steal()?;
            ensure!(use_token(world, &stolen)? == (200, String::new()), "the stolen token is of no use");
            tabs.refused()?;
            tabs.ended("the owner after the thief", "reuse_detected")?;

            tabs.again("agent")?;
            tabs.ask("await session.getToken({ fresh: true }); return 1")?;
            let stolen = steal()?;
            ensure!(use_token(world, &stolen)?.0 == 200, "the stolen token is of no use");
            let (status, said) = use_token(world, &stolen)?;
            ensure!(status == 400, "it can be used twice: {status} {said}");
            println!("    Keycloak says to the thief: {said}");
            tabs.refused()?;
            tabs.ended("the owner after a thief who was noticed", "ended_by_keycloak")
        })
    };
    desk.registered(world, || world.with_realm(rotation, attack))
}

/// Uses a refresh token as somebody else; the status and what Keycloak says of it.
fn use_token(world: &World, token: &str) -> Result<(u16, String)> {
    let url = format!("{}/realms/{}/protocol/openid-connect/token", world.authority, AGENTS.name);
    let fields = [("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", token)];
    let answer = Client::new(Duration::from_secs(10)).post_form(&url, &fields)?;
    let said = answer.json();
    let said = ["error", "error_description"].map(|name| said[name].as_str().unwrap_or_default().to_string());
    Ok((answer.status, said.join(" ").trim().to_string()))
}

/// The client of another application of the realm.
pub const OTHER: &str = "other-app";

/// Another application of the realm is there for the time of `work`.
pub fn with_other(world: &World, work: impl FnOnce(&Desk) -> Result<()>) -> Result<()> {
    let options = json!({ "clientId": OTHER, "requiredRole": null, "onLoad": "login" });
    let desk = Desk::start(world, "localhost", &world.authority, "", &options)?;
    let clients = format!("/realms/{}/clients", AGENTS.name);
    let client = json!({
        "clientId": OTHER, "publicClient": true, "redirectUris": [desk.url],
        "webOrigins": [desk.url.trim_end_matches("/desk/")],
        "attributes": { "post.logout.redirect.uris": desk.url, "pkce.code.challenge.method": "S256" }
    });
    let id = world.admin.post(&clients, &client)?.context("the new client's id")?;
    restoring(|| work(&desk), || world.admin.delete(&format!("{clients}/{id}")))
}

/// It logs the user out, in the same browser.
pub fn other_application(world: &World, driver: &Driver) -> Result<()> {
    with_other(world, |desk| {
        visit(world, driver, |visit| {
            let tabs = Tabs::enter(visit, &format!("{}/agent/", world.app), "agent", 2)?;
            let other = visit.browser.new_tab()?;
            // Keycloak knows the user: nobody is asked for a password.
            visit.browser.goto(&desk.url)?;
            desk.wait_for(visit, "signed_in", 20)?;
            tabs.to(0)?;
            visit.ask("return await session.getToken({ fresh: true })")?;
            visit.browser.to_tab(&other)?;
            visit.ask("setTimeout(() => session.logout(), 50); return 1")?;
            desk.wait_for(visit, "ended", 20)?;
            tabs.refused()?;
            tabs.ended("logged out in another application", "ended_by_keycloak")
        })
    })
}

/// The realm gets another key to sign with: no reason to end anything, and one for each tab to ask for the keys, once.
pub fn key_rotated(world: &World, driver: &Driver) -> Result<()> {
    let realm = world.admin.get(&format!("/realms/{}", AGENTS.name))?;
    let components = format!("/realms/{}/components", AGENTS.name);
    let config = json!({ "priority": ["500"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"], "keySize": ["2048"] });
    let key = json!({
        "name": "newer", "parentId": realm["id"], "config": config,
        "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider"
    });
    const FRESH: &str = "const token = await session.getToken({ fresh: true }); \
        return JSON.parse(atob(token.split('.')[0].replaceAll('-', '+').replaceAll('_', '/'))).kid";
    let kids = |tabs: &Tabs<'_>| -> Result<Vec<Value>> { tabs.ask(FRESH) };
    visit(world, driver, |visit| {
        let tabs = Tabs::enter(visit, &format!("{}/agent/", world.app), "agent", 2)?;
        let before = kids(&tabs)?;
        let asked = tabs.requests("/certs")?;
        let id = world.admin.post(&components, &key)?.context("the new key's id")?;
        let with_both = || {
            let after = kids(&tabs)?;
            ensure!(
                after.iter().all(|kid| *kid != before[0] && *kid == after[0]),
                "signed by {after:?} after {before:?}"
            );
            let more = tabs.requests("/certs")? - asked;
            println!("    {more} requests for keys by two tabs after the rotation");
            // Each had the old ones in its memory.
            ensure!(more == 2, "{more} requests for keys by two tabs");
            let ids = tabs.ask("return session.status.name")?;
            ensure!(ids.iter().all(|status| status == "signed_in"), "they are {ids:?}");
            visit.browser.reload()?;
            visit.wait_for("signed_in")?;
            visit.ask("return await session.getToken({ fresh: true })")?;
            ensure!(visit.requests("/certs")? == 0, "the new key was forgotten by a reload");
            Ok(())
        };
        restoring(with_both, || world.admin.delete(&format!("{components}/{id}")))?;
        // Back to the old one, which is still known.
        let back = visit.ask(FRESH)?;
        ensure!(back == before[0] && visit.requests("/certs")? == 0, "signed by {back}, and the keys were asked for");
        Ok(())
    })
}
