//! Pages in poor surroundings: a policy, plain http, a browser without its parts.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::desk::Desk;
use crate::engines::Driver;
use crate::world::World;
use crate::{visit, visit_by};

/// From the login to the log-out nothing is tried that the documented policy forbids.
pub fn policy(world: &World, driver: &Driver) -> Result<()> {
    let desk = Desk::start(world, "localhost", &world.authority, "", &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            visit.ask("return await session.getToken({ fresh: true })")?;
            visit.browser.reload()?;
            desk.wait_for(visit, "signed_in", 20)?;
            visit.log_out()?;
            // Reports come in order, so one that is provoked now comes after all others.
            visit.browser.run(
                "const script = document.createElement('script'); script.textContent = 'window.broken = true'; \
                 document.head.append(script); return 1",
                &[],
            )?;
            let reports = visit.browser.until("a report of the forbidden script", 10, || {
                Ok(Some(desk.reports()).filter(|reports| !reports.is_empty()))
            })?;
            let directive = &reports.first().map(|report| &report["csp-report"]["effective-directive"]);
            ensure!(
                reports.len() == 1 && directive.is_some_and(|name| name == "script-src-elem"),
                "the policy was violated: {reports:?}"
            );
            Ok(())
        })
    })
}

/// Plain http with names, as intranets have it: no `crypto.subtle`, no locks, and cookies that are not secure.
pub fn plain_http(world: &World, driver: &Driver) -> Result<()> {
    let authority = world.authority.replace("localhost", "iam.otrs.test");
    let host = "desk.otrs.test";
    let refused = Desk::start(world, host, &authority, "", &json!({ "onLoad": "login" }))?;
    // The WebAssembly of secure pages can check nothing here.
    let core = json!({ "allowInsecureHttp": true, "wasmUrl": "/otrs-auth/otrs_auth_bg.wasm" });
    let core = Desk::start(world, host, &authority, "", &core)?;
    visit_by(driver.open_with_names()?, world, driver, |visit| {
        visit.browser.goto(&refused.url)?;
        refused.wait_for(visit, "failed", 20)?;
        let error = visit.browser.run("return [document.body.dataset.code, document.body.dataset.remedy]", &[])?;
        ensure!(error[0] == "insecure_authority" || error[0] == "insecure_page", "the error is {error}");
        ensure!(error[1].as_str().unwrap_or_default().contains("allowInsecureHttp"), "the remedy is {error}");
        visit.browser.goto(&core.url)?;
        core.fails(visit, "option_invalid").map(drop)
    })?;
    let desk = Desk::start(world, host, &authority, "", &json!({ "onLoad": "login", "allowInsecureHttp": true }))?;
    desk.registered(world, || {
        visit_by(driver.open_with_names()?, world, driver, |visit| {
            visit.browser.goto(&format!("{}?note=1#x", desk.url))?;
            visit.log_in_at(&authority, "root@localhost")?;
            desk.wait_for(visit, "signed_in", 20)?;
            let seen = visit.ask(
                "const [before, after] = [await session.getToken(), await session.getToken({ fresh: true })]; \
                 return [session.user.login, location.search + location.hash, isSecureContext, !!crypto.subtle, before !== after]",
            )?;
            ensure!(seen == json!(["root@localhost", "?note=1#x", false, false, true]), "the page says {seen}");
            visit.log_out()?;
            visit.expect_clean_address()
        })
    })
}

/// Without a database the session is this page's alone, but there is one.
pub fn no_database(world: &World, driver: &Driver) -> Result<()> {
    let first = "Object.defineProperty(window, 'indexedDB', { value: undefined })";
    let desk = Desk::before(world, first, &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            visit.ask("return await session.getToken({ fresh: true })")?;
            visit.browser.goto(&format!("{}icon.svg", desk.url.trim_end_matches("desk/")))?;
            let made = visit.browser.run("return (await indexedDB.databases()).length", &[])?;
            ensure!(made == 0, "there is a database, although the page had none");
            Ok(())
        })
    })
}

/// A database that never opens (another page holds it, as one in the back/forward cache can): every promise is
/// settled all the same.
pub fn held_database(world: &World, driver: &Driver) -> Result<()> {
    let first =
        "Object.defineProperty(window, 'indexedDB', { value: { open: () => { window.opened = true; return {}; } } })";
    let desk = Desk::before(world, first, &json!({ "onLoad": "none" }))?;
    visit(world, driver, |visit| {
        visit.browser.goto(&desk.url)?;
        desk.wait_for(visit, "signed_out", 20)?;
        ensure!(visit.browser.run("return window.opened", &[])? == true, "it is another database that was asked for");
        let tag = crate::login::tag_of(visit)?;
        visit.browser.goto("about:blank")?;
        visit.browser.goto(&format!("{}#code=x&state=otrs-auth.{tag}.1.x&iss=y", desk.url))?;
        desk.wait_for(visit, "failed", 20)?;
        visit.expect_clean_address()
    })?;
    // A login works without it, or says beforehand that it will not.
    let desk = Desk::before(world, first, &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            visit.browser.goto(&desk.url)?;
            let code = visit.browser.until("Keycloak's form or an error", 30, || {
                let script =
                    "return document.querySelector('#kc-login') ? 'form' : document.body?.dataset.code ?? null";
                Ok(visit.browser.run(script, &[])?.as_str().map(String::from))
            })?;
            if code == "form" {
                visit.log_in("agent")?;
                return desk.wait_for(visit, "signed_in", 30);
            }
            ensure!(code == "storage_unavailable", "the error is {code}");
            Ok(())
        })
    })
}

/// The key set in the database comes later than the tokens, and the new one later still, while the record is
/// being stored: a slow disk, no reason to refuse anybody.
pub fn slow_database(world: &World, driver: &Driver) -> Result<()> {
    let first = "let writing = 0; window.written = 0; const { get, put } = IDBObjectStore.prototype, ask = window.fetch; \
        const late = (request, ms, then) => { const seen = { error: null }; \
          request.onsuccess = () => setTimeout(() => { seen.result = then(request.result); seen.onsuccess?.({}); }, ms); return seen; }; \
        IDBObjectStore.prototype.get = function (key) { const keys = String(key).endsWith('.keys'), record = String(key).endsWith('.session'); \
          return late(get.call(this, key), keys ? 500 : 0, (found) => record && writing ? undefined : found); }; \
        IDBObjectStore.prototype.put = function (...args) { writing += 1; window.written += 1; return late(put.apply(this, args), 1500, () => { writing -= 1; }); }; \
        window.fetch = async (...args) => { const answer = await ask(...args); \
          if (String(args[0]).endsWith('/certs')) await new Promise((r) => setTimeout(r, 1000)); return answer; }";
    let desk = Desk::before(world, first, &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            ensure!(
                visit.browser.run("return window.written", &[])? != 0,
                "it is another database that was written to"
            );
            visit.browser.reload()?;
            desk.wait_for(visit, "signed_in", 20)
        })
    })
}
