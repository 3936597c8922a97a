//! Proof of possession (RFC 9449) against the real server: tokens that are worth nothing without the browser's key.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use otrs_auth_tools::dpop::{switch_off, switch_on};
use otrs_auth_tools::http::{Answer, Client, form};
use otrs_auth_tools::realms::{AGENTS, APP};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::engines::Driver;
use crate::world::{Visit, World, restoring};
use crate::{visit, visit_by};

/// Notes what the token endpoint says, and what it was sent with: a script that was there before the package was imported.
const NOTE: &str = "window.noted = []; const own = window.fetch; window.fetch = async (...given) => { \
    const answer = await own(...given); \
    if (String(given[0]).endsWith('/token')) window.noted.push([answer.status, await answer.clone().json(), given[1].headers.DPoP ?? null]); \
    return answer; };";

/// What the browser keeps: for each name in the database whether a key to sign with lies there, and whether it can be exported.
const KEYS: &str = "const request = indexedDB.open('otrs-auth', 1); \
    const done = (r) => new Promise((resolve, reject) => { r.onsuccess = () => resolve(r.result); r.onerror = () => reject(r.error); }); \
    const db = await done(request); const store = db.transaction('records').objectStore('records'); \
    const [names, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]); db.close(); \
    const found = []; \
    for (const [index, value] of values.entries()) if (value?.private) { \
      const tries = await Promise.all(['pkcs8', 'jwk', 'raw'].map((kind) => crypto.subtle.exportKey(kind, value.private).then(() => 'exported', (e) => e.name))); \
      found.push([names[index].replace(/^otrs-auth\\.[\\w-]{8}\\./, ''), value.private.algorithm.name, value.private.extractable, value.private.usages.join(), tries.includes('exported')]); } \
    return found;";

fn keys(visit: &Visit<'_>) -> Result<Value> {
    visit.browser.run(KEYS, &[])
}

/// The realm's policy for the time of `work`.
pub fn with_policy(world: &World, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let on = || switch_on(&world.admin, AGENTS.name).and_then(|()| work());
    restoring(on, || switch_off(&world.admin, AGENTS.name))
}

/// The same, and a page with this mode.
fn with_desk(world: &World, before: &str, options: &Value, work: impl FnOnce(&Desk) -> Result<()>) -> Result<()> {
    let desk = Desk::before(world, before, options)?;
    desk.registered(world, || with_policy(world, || work(&desk)))
}

fn refreshes(visit: &Visit<'_>) -> Result<()> {
    let other =
        visit.ask("const a = await session.getToken(); return a !== await session.getToken({ fresh: true })")?;
    ensure!(other == true, "a fresh token is the old one");
    Ok(())
}

pub fn refresh(world: &World, driver: &Driver) -> Result<()> {
    with_desk(world, NOTE, &json!({ "onLoad": "login", "dpop": "refresh" }), |desk| {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            let seen = visit.ask(
                "const claims = (token) => JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))); \
                 const [status, answer] = window.noted[0]; \
                 return [window.noted.length, status, answer.token_type, !!claims(answer.refresh_token).cnf?.jkt, !!claims(answer.access_token).cnf, \
                   (await session.fetch('/api/agent/tickets')).status]",
            )?;
            ensure!(seen == json!([1, 200, "Bearer", true, false, 200]), "login, tokens and API say {seen}");
            refreshes(visit)?;
            visit.browser.reload()?;
            desk.wait_for(visit, "signed_in", 20)?;
            refreshes(visit)?;
            visit.browser.new_tab()?;
            visit.browser.goto(&desk.url)?;
            desk.wait_for(visit, "signed_in", 20)?;
            refreshes(visit)?;
            let kept = keys(visit)?;
            ensure!(kept == json!([["session", "ECDSA", false, "sign", false]]), "the browser keeps {kept}");
            stolen(world, visit)?;
            refreshes(visit)?;
            visit.log_out()?;
            let kept = keys(visit)?;
            ensure!(kept == json!([]), "after the log-out the browser keeps {kept}");
            Ok(())
        })
    })
}

/// The refresh token, taken out of this browser and used elsewhere.
fn stolen(world: &World, visit: &Visit<'_>) -> Result<()> {
    let noted = visit.browser.run("return window.noted.at(-1)[1].refresh_token", &[])?;
    let token = noted.as_str().context("no refresh token was seen")?;
    let bare = spend(world, token, None)?;
    ensure!(
        (bare.status, &bare.json()["error"]) == (400, &json!("invalid_dpop_proof")),
        "without a proof: {}",
        bare.summary()
    );
    let other = spend(world, token, Some(&proof(world)?))?;
    ensure!(
        (other.status, &other.json()["error"]) == (400, &json!("invalid_grant")),
        "with another key: {}",
        other.summary()
    );
    let reused = visit.browser.run("return window.noted.at(-1)[2]", &[])?;
    let reused = spend(world, token, reused.as_str())?;
    ensure!(reused.status == 400, "with a proof that was seen on its way: {}", reused.summary());
    Ok(())
}

fn endpoint(world: &World) -> String {
    format!("{}/realms/{}/protocol/openid-connect/token", world.authority, AGENTS.name)
}

fn spend(world: &World, token: &str, proof: Option<&str>) -> Result<Answer> {
    let fields = form(&[("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", token)]);
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    Client::new(std::time::Duration::from_secs(20)).send("POST", &endpoint(world), &headers, &fields)
}

/// A proof that is right in all but its key, which is somebody else's.
fn proof(world: &World) -> Result<String> {
    let random = SystemRandom::new();
    let unspecified = |_| anyhow::anyhow!("no key");
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(unspecified)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random);
    let key = key.map_err(|_| anyhow::anyhow!("no key"))?;
    let (x, y) = key.public_key().as_ref().get(1..).context("no point")?.split_at(32);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let [x, y] = [x, y].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256", "x": x, "y": y } });
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let payload = json!({ "jti": format!("{now}-{x}"), "htm": "POST", "htu": endpoint(world), "iat": now });
    let input = format!("{}.{}", part(&header), part(&payload));
    let signature = key.sign(&random, input.as_bytes()).map_err(unspecified)?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// A login that is under way, and one that is made, in another tab of a session.
pub fn tabs(world: &World, driver: &Driver) -> Result<()> {
    with_desk(world, NOTE, &json!({ "onLoad": "login", "dpop": "refresh" }), |desk| {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            let first = visit.browser.tab()?;
            visit.browser.new_tab()?;
            let second = visit.browser.tab()?;
            visit.browser.goto(&desk.url)?;
            desk.wait_for(visit, "signed_in", 20)?;
            visit.ask("setTimeout(() => session.login({ prompt: 'login' }), 50); return 1")?;
            visit.wait_for_form()?;
            visit.browser.to_tab(&first)?;
            refreshes(visit)?;
            let kept = keys(visit)?;
            ensure!(kept.as_array().is_some_and(|keys| keys.len() == 2), "the browser keeps {kept}");
            visit.browser.to_tab(&second)?;
            visit.browser.fill("#password", &otrs_auth_tools::accounts::password())?;
            visit.browser.click("#kc-login")?;
            desk.wait_for(visit, "signed_in", 20)?;
            refreshes(visit)?;
            visit.browser.to_tab(&first)?;
            refreshes(visit)?;
            let kept = keys(visit)?;
            ensure!(kept.as_array().is_some_and(|keys| keys.len() == 1), "in the end the browser keeps {kept}");
            let refused = visit.browser.run("return window.noted.filter(([status]) => status !== 200).length", &[])?;
            ensure!(refused == 0, "{refused} token requests were refused");
            Ok(())
        })
    })
}

/// A computer whose clock is wrong by an hour.
pub fn wrong_clock(world: &World, driver: &Driver) -> Result<()> {
    for ms in ["3600000", "-3600000"] {
        let before = format!("{NOTE} const right = Date.now; Date.now = () => right() + {ms};");
        with_desk(world, &before, &json!({ "onLoad": "login", "dpop": "refresh" }), |desk| {
            visit(world, driver, |visit| {
                desk.enter(visit)?;
                refreshes(visit)?;
                visit.browser.reload()?;
                desk.wait_for(visit, "signed_in", 20)?;
                refreshes(visit)?;
                let seen = visit.browser.run("return window.noted.map(([status]) => status)", &[])?;
                ensure!(seen == json!([200]), "the token endpoint says {seen}");
                Ok(())
            })
        })?;
    }
    Ok(())
}

/// The access token is bound, too.
pub fn full(world: &World, driver: &Driver) -> Result<()> {
    let origin = world.authority.clone();
    let options = json!({ "onLoad": "login", "dpop": "full", "apiOrigins": [origin] });
    let desk = Desk::before(world, NOTE, &options)?;
    let bound = json!({ "attributes": { "dpop.bound.access.tokens": "true" } });
    world.with_client(bound, || {
        desk.registered(world, || {
            visit(world, driver, |visit| {
                desk.enter(visit)?;
                let url = format!("{}/realms/{}/protocol/openid-connect/userinfo", world.authority, AGENTS.name);
                let script = format!(
                    "const url = '{url}'; const token = await session.getToken(); \
                     const get = async (scheme) => (await fetch(url, {{ headers: {{ Authorization: scheme + ' ' + token }} }})).status; \
                     const answer = await session.fetch(url + '?a=b#c'); const again = await session.fetch(new Request(url, {{ method: 'POST' }})); \
                     return [window.noted[0][1].token_type, answer.status, (await answer.json()).preferred_username, again.status, await get('Bearer'), await get('DPoP')]"
                );
                let seen = visit.ask(&script)?;
                ensure!(seen == json!(["DPoP", 200, "agent", 200, 401, 401]), "the API says {seen}");
                refreshes(visit)?;
                visit.browser.reload()?;
                desk.wait_for(visit, "signed_in", 20)?;
                ensure!(visit.ask(&format!("return (await session.fetch('{url}')).status"))? == 200, "after a reload");
                visit.log_out()
            })
        })
    })
}

/// Each mode at each realm that does not fit.
pub fn mismatches(world: &World, driver: &Driver) -> Result<()> {
    let bound = json!({ "attributes": { "dpop.bound.access.tokens": "true" } });
    type Realm<'a> = &'a dyn Fn(&mut dyn FnMut() -> Result<()>) -> Result<()>;
    let plain: Realm<'_> = &|work| work();
    let policy: Realm<'_> = &|work| with_policy(world, work);
    let both: Realm<'_> = &|work| world.with_client(bound.clone(), work);
    let policy_and_bound: Realm<'_> = &|work| world.with_client(bound.clone(), || with_policy(world, work));
    for (name, mode, realm, code, remedy) in [
        ("off, policy", "off", policy, "token_type_refused", "or set dpop"),
        ("off, bound", "off", both, "token_type_refused", "or set dpop"),
        ("refresh, plain", "refresh", plain, "dpop_access_token_bound", "client policy"),
        ("refresh, bound", "refresh", both, "dpop_access_token_bound", "DPoP bound tokens off"),
        ("refresh, policy and bound", "refresh", policy_and_bound, "dpop_access_token_bound", "DPoP bound tokens off"),
        ("full, policy", "full", policy, "dpop_access_token_unbound", "DPoP bound tokens on"),
    ] {
        let desk = Desk::before(world, NOTE, &json!({ "onLoad": "login", "dpop": mode }))?;
        desk.registered(world, || {
            realm(&mut || {
                visit(world, driver, |visit| {
                    visit.browser.goto(&desk.url)?;
                    visit.log_in("agent")?;
                    let told = desk.fails(visit, code).context(name)?;
                    ensure!(told.contains(remedy), "{name}: the remedy is {told}");
                    Ok(())
                })
            })
        })?;
    }
    Ok(())
}

/// A key needs a place to be kept; once the login is made, the page alone will do.
pub fn stores(world: &World, driver: &Driver) -> Result<()> {
    let gone = "Object.defineProperty(window, 'indexedDB', { value: undefined });";
    let options = json!({ "onLoad": "login", "dpop": "refresh" });
    with_desk(world, &format!("{NOTE} {gone}"), &options, |desk| {
        visit(world, driver, |visit| {
            visit.browser.goto(&desk.url)?;
            desk.fails(visit, "storage_unavailable").map(drop)
        })
    })?;
    let options = json!({ "onLoad": "login", "dpop": "refresh", "storage": "memory" });
    with_desk(world, NOTE, &options, |desk| {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            refreshes(visit)?;
            refreshes(visit)?;
            let kept = keys(visit)?;
            ensure!(kept == json!([]), "the browser keeps {kept}");
            visit.log_out()
        })
    })
}

/// Where the browser signs nothing, and where the wrong module is named.
pub fn unavailable(world: &World, driver: &Driver) -> Result<()> {
    let authority = world.authority.replace("localhost", "iam.otrs.test");
    let options = json!({ "dpop": "refresh", "allowInsecureHttp": true });
    let plain = Desk::start(world, "desk.otrs.test", &authority, "", &options)?;
    let core = json!({ "dpop": "refresh", "wasmUrl": "/otrs-auth/otrs_auth_bg.wasm" });
    let core = Desk::before(world, "", &core)?;
    visit_by(driver.open_with_names()?, world, driver, |visit| {
        for (desk, code, remedy) in [(&plain, "dpop_unavailable", "https"), (&core, "option_invalid", "")] {
            visit.browser.goto(&desk.url)?;
            let told = desk.fails(visit, code)?;
            ensure!(told.contains(remedy), "the remedy is {told}");
        }
        Ok(())
    })
}
