//! Many tabs of one browser.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, pause};

const PATHS: [&str; 3] = ["/agent/ticket/1", "/agent/ticket/2?tab=notes", "/agent/ticket/3#end"];

/// One tab for each path; their handles in the same order.
fn open_tabs(visit: &Visit<'_>) -> Result<Vec<String>> {
    let mut tabs = Vec::new();
    for path in PATHS {
        tabs.push(if tabs.is_empty() { visit.browser.tab()? } else { visit.browser.new_tab()? });
        visit.open(path)?;
    }
    Ok(tabs)
}

fn first(tabs: &[String]) -> Result<&String> {
    tabs.first().context("a tab")
}

/// The tab is signed in where it was meant to be, and nothing went wrong on the way.
fn arrived(visit: &Visit<'_>, path: &str) -> Result<()> {
    visit.wait_for("signed_in").with_context(|| format!("the tab of {path}"))?;
    let url = visit.browser.run("return location.href", &[])?;
    ensure!(url == format!("{}{path}", visit.world.app), "the tab of {path} is at {url}");
    let errors = visit.browser.run("return document.querySelectorAll('[data-test=error]').length", &[])?;
    ensure!(errors == 0, "the tab of {path} shows an error");
    Ok(())
}

/// The first tab has just logged in; the others follow.
fn late_tabs_arrive(visit: &Visit<'_>, tabs: &[String]) -> Result<()> {
    // Its form may still be on the way: a reload of this one would take the login back.
    arrived(visit, PATHS[0])?;
    for (tab, path) in tabs.iter().zip(PATHS).skip(1) {
        visit.browser.to_tab(tab)?;
        // Keycloak's form notices the login by itself, sooner or later.
        visit.reload_keycloak()?;
        arrived(visit, path)?;
    }
    Ok(())
}

/// Three bookmarks at once, one login.
pub fn one_login(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        let tabs = open_tabs(visit)?;
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            visit.wait_for_form()?;
        }
        visit.browser.to_tab(first(&tabs)?)?;
        visit.log_in("agent")?;
        late_tabs_arrive(visit, &tabs)
    })
}

/// Logs in while the forms of other tabs, which notice the new cookie, begin their own logins anew. That may take this
/// one's away: Keycloak says that it "timed out" and begins it once more from what it last remembers, which may be
/// another tab's, and does not take its code then (`pkce_verification_failed`). The user then does what the pages say.
fn log_in_among_others(visit: &Visit<'_>) -> Result<()> {
    for _ in 0..5 {
        let way = visit.browser.until("the end of the login", 20, || {
            let script = "if (document.body?.dataset.status === 'signed_in') return 'in'; \
                if (document.querySelector('#kc-login') && !window.used) return 'form'; \
                const code = document.querySelector('[data-test=error-code]')?.textContent; \
                return ['code_refused', 'login_loop'].includes(code) ? 'retry' : null";
            Ok(visit.browser.run(script, &[])?.as_str().map(String::from))
        })?;
        match way.as_str() {
            "in" => return Ok(()),
            "form" => {
                visit.browser.run("window.used = true", &[])?;
                // The form, too, may be taken away meanwhile.
                let _ = visit.log_in("agent");
            }
            _ => visit.browser.click("[data-test=retry]")?,
        }
    }
    visit.wait_for("signed_in")
}

/// The browser was restarted with three tabs on the login form (OTOBO's issue 4393): the cookies of the
/// half-done logins are gone, and Keycloak sends the late tabs back with `authentication_expired`.
pub fn after_a_restart(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        let tabs = open_tabs(visit)?;
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            visit.wait_for_form()?;
        }
        visit.browser.forget_cookies()?;
        visit.browser.to_tab(first(&tabs)?)?;
        // That was yesterday.
        visit.browser.goto(&format!("{}/icon.svg", visit.world.app))?;
        let yesterday = "for (const name of Object.keys(sessionStorage)) if (name.endsWith('.navigations')) \
            sessionStorage.setItem(name, sessionStorage.getItem(name).replace(/\\.\\d+/, '.1'))";
        visit.browser.run(yesterday, &[])?;
        visit.open(PATHS[0])?;
        log_in_among_others(visit)?;
        late_tabs_arrive(visit, &tabs)
    })
}

/// Another verifier in each attempt, and two automatic logins behind this tab: "Try again" is a login by hand, and leads
/// to where the first one began.
pub fn try_again(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open(PATHS[1])?;
        visit.wait_for_form()?;
        let form = visit.browser.tab()?;
        visit.browser.new_tab()?;
        visit.browser.goto(&format!("{}/icon.svg", visit.world.app))?;
        let spoil = "const done = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); }); \
            const database = await done(indexedDB.open('otrs-auth')); \
            const store = database.transaction('records', 'readwrite').objectStore('records'); let spoiled = 0; \
            for (const name of await done(store.getAllKeys())) { const text = await done(store.get(name)); \
                if (!/verifier=/.test(text)) continue; spoiled += 1; \
                await done(store.put(text.replace(/verifier=[^&]*/, 'verifier=' + 'x'.repeat(43)), name)); } \
            database.close(); return spoiled";
        let spoiled = visit.browser.run(spoil, &[])?;
        ensure!(spoiled == 1, "{spoiled} attempts");
        visit.browser.close_tab()?;
        visit.browser.to_tab(&form)?;
        visit.log_in("agent")?;
        visit.wait_for("failed")?;
        ensure!(visit.text("error-code")? == "code_refused", "the page shows {}", visit.text("error-code")?);
        let two = "for (const name of Object.keys(sessionStorage)) if (name.endsWith('.navigations')) \
            sessionStorage.setItem(name, sessionStorage.getItem(name).replace(/^1/, '2')); return JSON.stringify(sessionStorage)";
        let memory = visit.browser.run(two, &[])?;
        ensure!(memory.as_str().is_some_and(|text| text.contains(".navigations\":\"2")), "the tab remembers {memory}");
        visit.browser.click("[data-test=retry]")?;
        arrived(visit, PATHS[1])
    })
}

/// Signs three tabs in.
fn signed_in_tabs(visit: &Visit<'_>) -> Result<Vec<String>> {
    visit.enter("/agent/", "agent")?;
    let tabs = open_tabs(visit)?;
    for (tab, path) in tabs.iter().zip(PATHS) {
        visit.browser.to_tab(tab)?;
        arrived(visit, path)?;
    }
    Ok(tabs)
}

pub fn one_refresh(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| one_refresh_of(visit, &signed_in_tabs(visit)?))
}

/// All tabs want a new token while the lock is held elsewhere; when it is free, one of them asks.
pub fn one_refresh_of(visit: &Visit<'_>, tabs: &[String]) -> Result<()> {
    visit.browser.to_tab(first(tabs)?)?;
    let held = visit.browser.run(
        "const name = document.cookie.match(/otrs-auth\\.[\\w-]+\\.session/)[0].replace('session', 'refresh'); \
         return await new Promise((held) => { navigator.locks.request(name, () => { held(name); return new Promise((free) => { window.free = free; }); }); })",
        &[],
    )?;
    let mut before = 0;
    for tab in tabs {
        visit.browser.to_tab(tab)?;
        before += visit.requests("/token")?;
        visit.ask(
            "window.token = Promise.all([1, 2, 3, 4, 5].map(() => session.getToken({ fresh: true }))); return 1",
        )?;
    }
    let waiting = visit.browser.until("all tabs to wait for the lock", 5, || {
        let script = "const { pending } = await navigator.locks.query(); return pending.filter((lock) => lock.name === arguments_0).length";
        let script = script.replace("arguments_0", &held.to_string());
        Ok((visit.browser.run(&script, &[])? == tabs.len()).then_some(()))
    });
    visit.browser.to_tab(first(tabs)?)?;
    visit.browser.run("window.free(); return 1", &[])?;
    waiting?;
    let (mut tokens, mut after) = (Vec::new(), 0);
    for tab in tabs {
        visit.browser.to_tab(tab)?;
        tokens
            .push(visit.browser.run("return [...new Set(await window.token)].map((token) => token.slice(-40))", &[])?);
        after += visit.requests("/token")?;
    }
    ensure!(tokens.iter().all(|own| Some(own) == tokens.first() && own[1].is_null()), "the tabs have different tokens");
    ensure!(after - before == 1, "{} token requests for five calls in each of {} tabs", after - before, tabs.len());
    Ok(())
}

const TABS: usize = 5;

/// Where the realm takes every refresh token once only, five tabs with four callers each live on. For twelve
/// seconds, or as many as `OTRS_AUTH_SOAK` says.
pub fn rotation(world: &World, driver: &Driver) -> Result<()> {
    let seconds: u64 = std::env::var("OTRS_AUTH_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let busy = format!(
        "window.seen = {{}}; const end = Date.now() + {seconds}000; \
           const caller = async () => {{ while (Date.now() < end) {{ \
             const end = await session.getToken({{ minValidity: 2 }}).then(() => 'ok', (e) => e.code); \
             window.seen[end] = (window.seen[end] ?? 0) + 1; await new Promise((r) => setTimeout(r, 300)); }} }}; \
           window.busy = Promise.all([1, 2, 3, 4].map(caller)); performance.setResourceTimingBufferSize(9999); return 1"
    );
    let changes = json!({ "accessTokenLifespan": 5, "revokeRefreshToken": true, "refreshTokenMaxReuse": 0 });
    world.with_realm(changes, || {
        visit(world, driver, |visit| {
            visit.enter("/agent/", "agent")?;
            let mut tabs = vec![visit.browser.tab()?];
            while tabs.len() < TABS {
                tabs.push(visit.browser.new_tab()?);
                visit.open("/agent/")?;
                visit.wait_for("signed_in")?;
            }
            for tab in &tabs {
                visit.browser.to_tab(tab)?;
                visit.ask(&busy)?;
            }
            pause(seconds * 1_000);
            let mut requests = 0;
            for tab in &tabs {
                visit.browser.to_tab(tab)?;
                let seen = visit.browser.run("await window.busy; return window.seen", &[])?;
                let calls = seen["ok"].as_u64().unwrap_or_default();
                ensure!(seen.as_object().is_some_and(|all| all.len() == 1) && calls >= 4, "a tab got {seen}");
                requests += visit.requests("/token")?;
            }
            // A token lives 5 s, and is renewed when less than 2 s of it are left: one request in 2.5 to 5 s, by all.
            let least = seconds / 6;
            let most = seconds * 2 / 5 + 3;
            ensure!((least..=most).contains(&requests), "{requests} token requests of {TABS} tabs in {seconds} s");
            println!("    {requests} token requests of {TABS} tabs in {seconds} s");
            for tab in &tabs {
                visit.browser.to_tab(tab)?;
                visit.ask("return await session.getToken({ fresh: true })")?;
                visit.wait_for("signed_in")?;
            }
            Ok(())
        })
    })
}
