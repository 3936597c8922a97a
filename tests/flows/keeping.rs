//! Staying signed in.

use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Result, ensure};
use otrs_auth_tools::realms::AGENTS;
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, pause};

pub fn reload_and_new_tab(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        ensure!(visit.requests("/token")? == 1, "the login made no token request that can be seen here");
        visit.browser.reload()?;
        visit.wait_for("signed_in")?;
        ensure!(visit.requests("")? == 0, "the reload asked Keycloak");
        visit.browser.new_tab()?;
        visit.open("/agent/ticket/2")?;
        visit.wait_for("signed_in")?;
        ensure!(visit.requests("")? == 0, "the new tab asked Keycloak");
        let login = visit.ask("return session.user.login")?;
        ensure!(login == "agent", "{login} is signed in");
        Ok(())
    })
}

pub fn five_seconds(world: &World, driver: &Driver) -> Result<()> {
    world.with_lifespan(5, || {
        visit(world, driver, |visit| {
            visit.enter("/agent/", "agent")?;
            let seen = visit.ask(
                "const tokens = new Set(), statuses = []; const end = Date.now() + 15000; \
                 while (Date.now() < end) { tokens.add(await session.getToken({ minValidity: 1 })); \
                   statuses.push((await session.fetch('/api/agent/tickets')).status); await new Promise(r => setTimeout(r, 500)); } \
                 return [tokens.size, statuses.every(s => s === 200), statuses.length]",
            )?;
            let tokens = seen[0].as_u64().unwrap_or_default();
            ensure!((3..=8).contains(&tokens), "{tokens} tokens in 15 s");
            ensure!(seen[1] == true, "the REST API refused a token");
            let requests = visit.requests("/token")?;
            ensure!(requests <= tokens + 1, "{requests} token requests for {tokens} tokens");
            let fresh = visit.ask("const a = await session.getToken(); const b = await session.getToken({ fresh: true }); return a !== b")?;
            ensure!(fresh == true, "a fresh token is the old one");
            Ok(())
        })
    })
}

pub fn parallel(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent")?;
        let before = visit.requests("/token")?;
        let one = visit.ask(
            "const tokens = await Promise.all(Array.from({ length: 20 }, () => session.getToken({ fresh: true }))); \
             return new Set(tokens).size",
        )?;
        ensure!(one == 1, "{one} different tokens");
        let made = visit.requests("/token")? - before;
        ensure!(made == 1, "{made} token requests");
        Ok(())
    })
}

pub fn one_retry(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent2")?;
        // Its age has to be beyond that of a token for which another one would not help.
        pause(5_500);
        world.admin.logout_user(AGENTS.name, "agent2")?;
        let before = visit.requests("/token")?;
        let status = visit.ask("return (await session.fetch('/api/agent/tickets?remote=1')).status")?;
        ensure!(status == 401, "the REST API said {status}");
        let made = visit.requests("/token")? - before;
        ensure!(made == 1, "{made} token requests");
        visit.wait_for("ended")
    })?;
    // A 401 that has nothing to do with the session is the front end's, after one more try.
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent2")?;
        pause(5_500);
        let before = world.refused.load(Relaxed);
        let status = visit.ask("return (await session.fetch('/flow-test/refused')).status")?;
        let tries = world.refused.load(Relaxed) - before;
        ensure!(status == 401 && tries == 2, "status {status} after {tries} tries");
        ensure!(visit.status()? == "signed_in", "the session ended");
        Ok(())
    })
}

pub fn outage(world: &World, driver: &Driver) -> Result<()> {
    world.with_lifespan(5, || {
        visit(world, driver, |visit| {
            visit.enter("/agent/", "agent")?;
            world.without_keycloak(|| while_down(visit))?;
            let back = visit.browser.until("a token after Keycloak's return", 20, || {
                let token = visit.ask("return await session.getToken().then(() => true, () => false)")?;
                Ok(token.as_bool().filter(|token| *token))
            });
            back?;
            let seen = visit.ask("return [session.status.name, session.connected, session.user.login]")?;
            ensure!(seen == json!(["signed_in", true, "agent"]), "afterwards it is {seen}");
            Ok(())
        })
    })
}

fn while_down(visit: &Visit<'_>) -> Result<()> {
    let code = visit.browser.until("an error for want of Keycloak", 20, || {
        let code = visit.ask("return await session.getToken().then(() => null, e => e.code)")?;
        Ok(code.as_str().map(String::from))
    })?;
    ensure!(code == "keycloak_unreachable", "the error is {code}");
    let seen = visit.ask("return [session.status.name, session.connected]")?;
    ensure!(seen == json!(["signed_in", false]), "while Keycloak is away it is {seen}");
    visit.browser.reload()?;
    visit.wait_for("signed_in")
}
