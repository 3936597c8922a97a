//! What others wrote where we keep things, and what they say to us.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Test;
use crate::provider::Endpoint;
use crate::test;
use crate::world::{Visit, World};

/// Values that nobody of us stored. JavaScript, because some are no JSON.
const RUBBISH: &[&str] = &[
    "null",
    "undefined",
    "7",
    "''",
    "'{'",
    "'x'.repeat(5 << 20)",
    "[]",
    "{}",
    "new Date()",
    "new ArrayBuffer(64)",
    "{ key: 1, iv: 2, sealed: 3 }",
    "{ key: 'x', iv: new Uint8Array(12), sealed: new ArrayBuffer(64) }",
    "{ half: '', text: 'version=1&access_token=a.e30.c&id_token=i&sub=s&nonce=n&expires_at=9999999999999&lifetime=300000' }",
    "JSON.parse('{\"__proto__\": {\"key\": 1}}')",
    "'version=1&access_token=a.e30.c&id_token=i&sub=s&nonce=n&expires_at=9999999999999&lifetime=300000'",
    "'version=1&ended=logged_out'",
    "'version=9'",
    "'%ff%00'",
    "{ ...text, sealed: text?.sealed?.slice?.(1) }",
    "{ ...text, iv: new Uint8Array(12) }",
];

pub fn tests() -> Vec<Test> {
    vec![
        test("a_60_rubbish_as_the_record_and_the_keys", record_and_keys),
        test("a_60_rubbish_as_the_attempt", attempt),
        test("a_60_rubbish_in_the_tab", in_the_tab),
        test("a_60_rubbish_as_the_cookie", cookie),
        test("a_60_the_record_of_another_client", foreign_record),
        test("a_60_everything_cleared_on_the_way", cleared),
        test("a_60_a_full_store", full),
    ]
}

/// A page finds no session in it, and goes to log in, which works.
fn survives(visit: &Visit<'_>, client: &str, what: &str) -> Result<()> {
    let before = visit.count(client, Endpoint::Authorization);
    visit.enter(client).map_err(|error| error.context(what.to_string()))?;
    visit.asked(client, Endpoint::Authorization, before + 1).map_err(|error| error.context(what.to_string()))
}

fn record_and_keys(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let tag = visit.tag(&client)?;
        for value in RUBBISH.iter().chain(&["'{\"keys\":[]}'", "'{\"keys\":[{\"kid\":\"agents-1\"}]}'"]) {
            visit.leave()?;
            let keys = visit.keys_requests();
            for name in ["session", "keys"] {
                visit.rewrite(&format!("otrs-auth.{tag}.{name}"), &format!("return {value}"))?;
            }
            survives(visit, &client, value)?;
            ensure!(visit.keys_requests() > keys, "{value} was taken for keys");
        }
        Ok(())
    })
}

fn attempt(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let other = world.client();
        let request = visit.pending(&other, json!({}))?;
        visit.leave()?;
        // Of another client, whole.
        let stolen = visit.browser.run(
            "const done = (r) => new Promise((f) => { r.onsuccess = () => f(r.result); });
             const database = await done(indexedDB.open('otrs-auth'));
             const text = await done(database.transaction('records').objectStore('records').get(arguments[0]));
             database.close();
             return text",
            &[json!(request.get("state"))],
        )?;
        let stolen = stolen.to_string();
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        let state = request.get("state");
        let another = |number: usize| format!("{}.{number:A>43}", state.rsplit_once('.').unwrap_or_default().0);
        let receive = |number: usize, change: &str| {
            visit.leave()?;
            visit.rewrite_as(state, &another(number), change)?;
            visit.browser.goto(&callback.replace(state, &another(number)))
        };
        for (number, value) in RUBBISH.iter().copied().chain([stolen.as_str()]).enumerate() {
            receive(number, &format!("return {value}"))?;
            visit.refused("callback_unsolicited").map_err(|error| error.context(value.to_string()))?;
            visit.asked(&client, Endpoint::Token, 0)?;
        }
        // All of it but the verifier: that will do here, and the server refuses it.
        receive(RUBBISH.len() + 1, "return text.replace(/verifier=[^&]*/, 'verifier=' + 'A'.repeat(43))")?;
        visit.refused("code_refused")
    })
}

fn in_the_tab(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for value in
            ["-1", "999999999999999999999", "{", "", "\u{0}", "2ua.-7", "9.", "2.99999999999999999999", "%ff", "null"]
        {
            let client = world.client();
            let request = visit.pending(&client, json!({}))?;
            visit.leave()?;
            let name = format!("otrs-auth.{}.navigations", visit.tag(&client)?);
            visit.browser.run("sessionStorage.setItem(...arguments)", &[json!(name), json!(value)])?;
            visit.receive(&visit.callback(&request)?)?;
            visit.signed_in().map_err(|error| error.context(value))?;
        }
        Ok(())
    })
}

fn cookie(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let name = format!("otrs-auth.{}.session", visit.tag(&client)?);
        for value in ["", "x", &"A".repeat(43), &"x".repeat(3000), "a=b=c", "%00"] {
            visit.leave()?;
            let script = "document.cookie = `${arguments[0]}=${arguments[1]}; path=/; SameSite=Strict`";
            visit.browser.run(script, &[json!(name), json!(value)])?;
            survives(visit, &client, value)?;
        }
        Ok(())
    })
}

fn foreign_record(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let (client, other) = (world.client(), world.client());
        visit.enter(&other)?;
        visit.enter(&client)?;
        let [own, foreign] = [visit.tag(&client)?, visit.tag(&other)?].map(|tag| format!("otrs-auth.{tag}.session"));
        visit.leave()?;
        // Sealed record and cookie of the other client: it opens, and is not ours.
        let copy = "const done = (r) => new Promise((f) => { r.onsuccess = () => f(r.result); });
            const database = await done(indexedDB.open('otrs-auth'));
            const store = database.transaction('records', 'readwrite').objectStore('records');
            await done(store.put(await done(store.get(arguments[0])), arguments[1]));
            database.close();
            const half = document.cookie.split('; ').find((c) => c.startsWith(arguments[0] + '=')).split('=')[1];
            document.cookie = `${arguments[1]}=${half}; path=/; SameSite=Strict`";
        visit.browser.run(copy, &[json!(foreign), json!(own)])?;
        visit.open(&client, json!({}))?;
        visit.is("signed_out")
    })
}

fn cleared(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        visit.leave()?;
        let clear = "sessionStorage.clear(); localStorage.clear();
            await new Promise((done) => { const r = indexedDB.deleteDatabase('otrs-auth'); r.onsuccess = r.onerror = r.onblocked = done; })";
        visit.browser.run(clear, &[])?;
        visit.browser.goto(&callback)?;
        visit.refused("callback_unsolicited")?;
        visit.asked(&client, Endpoint::Token, 0)?;
        // In the middle of a session, which goes on in this page.
        visit.enter(&client)?;
        visit.browser.run(
            "sessionStorage.clear(); for (const c of document.cookie.split('; ')) document.cookie = `${c.split('=')[0]}=; path=/; max-age=0`;
             const done = (r) => new Promise((f) => { r.onsuccess = () => f(r.result); });
             const database = await done(indexedDB.open('otrs-auth'));
             await done(database.transaction('records', 'readwrite').objectStore('records').clear());
             database.close()",
            &[],
        )?;
        ensure!(visit.outcome("session.getToken()")? == "ok", "no token any more");
        // Whoever clears a site's data wants to be gone: it counts as a log-out, and nothing hangs.
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "session_ended", "it goes on without a record");
        visit.asked(&client, Endpoint::Token, 1)?;
        Ok(())
    })
}

fn full(world: &World<'_>) -> Result<()> {
    world.alone(|visit| {
        let client = world.client();
        visit.leave()?;
        let fill = "let size = 1 << 20; let n = 0; while (size > 0) {
              try { sessionStorage.setItem('fill' + n, 'x'.repeat(size)); n += 1; } catch { size = Math.floor(size / 2); } }";
        visit.browser.run(fill, &[])?;
        visit.open(&client, json!({ "onLoad": "login" }))?;
        // A tab that cannot count its navigations makes none by itself.
        visit.refused("storage_unavailable")?;
        visit.asked(&client, Endpoint::Authorization, 0)
    })
}
