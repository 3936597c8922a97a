//! Proofs of possession (C-103), against a provider and an API that look at them strictly and are never content.

use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::Test;
use crate::provider::{Demand, Endpoint};
use crate::test;
use crate::world::{AGENTS, Visit, World, pause};

pub fn tests() -> Vec<Test> {
    vec![
        test("c_103_proofs_stand_up_to_a_strict_look", strict),
        test("c_103_nonces_of_the_provider", nonces),
        test("c_103_a_provider_that_is_never_content", never),
        test("c_103_c_42_another_token_type_than_the_mode", types),
        test("c_103_a_provider_without_proofs", unsupported),
        test("c_103_proofs_for_the_api", api),
        test("c_103_nonces_of_the_api", api_nonces),
        test("c_103_an_api_that_is_never_content", api_never),
        test("c_103_a_60_key_lost_or_exchanged", key_lost),
        test("c_103_a_60_a_plain_record_is_none", plain_record),
        test("a_41_c_103_the_key_cannot_be_exported", export),
    ]
}

const REFRESH: Demand = Demand { token_type: "Bearer", nonce: None, never: None };
const FULL: Demand = Demand { token_type: "DPoP", nonce: None, never: None };

/// Signed in at a provider with this demand.
fn enter(visit: &Visit<'_>, client: &str, mode: &str, demand: Demand) -> Result<()> {
    visit.world.provider.be(|faults| faults.proofs = Some(demand));
    let api = visit.world.provider.base.clone();
    visit.open(client, json!({ "onLoad": "login", "dpop": mode, "apiOrigins": [api] }))?;
    visit.signed_in()
}

fn refresh(visit: &Visit<'_>, expected: &str) -> Result<()> {
    let outcome = visit.outcome("session.getToken({ fresh: true })")?;
    ensure!(outcome == expected, "a refresh ends with {outcome}, not {expected}");
    Ok(())
}

fn strict(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        enter(visit, &client, "refresh", REFRESH)?;
        refresh(visit, "ok")?;
        visit.browser.reload()?;
        visit.signed_in()?;
        refresh(visit, "ok")?;
        // One request each: every proof was taken at once, and the key was always the one that the login named.
        visit.asked(&client, Endpoint::Token, 3)?;
        let authorization = world.provider.seen(&client, Endpoint::Authorization);
        ensure!(authorization.len() == 1 && authorization[0].get("dpop_jkt").len() == 43, "no key was named");
        Ok(())
    })
}

fn nonces(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        enter(visit, &client, "refresh", Demand { nonce: Some("first"), ..REFRESH })?;
        visit.asked(&client, Endpoint::Token, 2)?;
        refresh(visit, "ok")?;
        visit.asked(&client, Endpoint::Token, 3)?;
        world.provider.be(|faults| faults.proofs = Some(Demand { nonce: Some("second!~"), ..REFRESH }));
        refresh(visit, "ok")?;
        visit.asked(&client, Endpoint::Token, 5)?;
        refresh(visit, "ok")?;
        visit.asked(&client, Endpoint::Token, 6)
    })
}

fn never(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for never in [
            ("use_dpop_nonce", "again"),
            ("invalid_request", "DPoP proof is not active"),
            ("invalid_dpop_proof", "DPoP proof is not active"),
        ] {
            let client = world.client();
            let demand = Demand { nonce: Some("n"), never: Some(never), ..REFRESH };
            world.provider.be(|faults| faults.proofs = Some(demand));
            visit.open(&client, json!({ "onLoad": "login", "dpop": "refresh" }))?;
            visit.refused("dpop_proof_refused")?;
            visit.asked(&client, Endpoint::Token, 2)?;
            visit.asked(&client, Endpoint::Authorization, 1)?;
        }
        // In a session it is a trouble that may pass.
        let client = world.client();
        enter(visit, &client, "refresh", REFRESH)?;
        let never = Some(("invalid_request", "DPoP proof is not active"));
        world.provider.be(|faults| faults.proofs = Some(Demand { never, ..REFRESH }));
        refresh(visit, "dpop_proof_refused")?;
        visit.asked(&client, Endpoint::Token, 3)?;
        ensure!(visit.status()? == "signed_in", "the session is over");
        Ok(())
    })
}

fn types(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for (mode, token_type, code) in [
            ("refresh", "DPoP", "dpop_access_token_bound"),
            ("refresh", "mac", "token_type_refused"),
            ("full", "Bearer", "dpop_access_token_unbound"),
            ("full", "mac", "token_type_refused"),
            ("off", "Bearer", "token_type_refused"),
        ] {
            let client = world.client();
            world.provider.be(|faults| faults.proofs = Some(Demand { token_type, ..REFRESH }));
            visit.open(&client, json!({ "onLoad": "login", "dpop": mode }))?;
            visit.refused(code)?;
            visit.asked(&client, Endpoint::Token, 1)?;
        }
        Ok(())
    })
}

fn unsupported(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for methods in [Value::Null, json!(["RS256"]), json!("ES256"), json!({})] {
            let client = world.client();
            world.provider.be(|faults| {
                let methods = methods.clone();
                faults.discovery = Some(Arc::new(move |document: &mut Value| {
                    document["dpop_signing_alg_values_supported"] = methods.clone();
                }));
            });
            visit.open(&client, json!({ "onLoad": "login", "dpop": "full" }))?;
            visit.refused("dpop_unsupported")?;
            visit.asked(&client, Endpoint::Authorization, 0)?;
        }
        Ok(())
    })
}

/// What the API says to a call, and how often it was asked.
fn call(visit: &Visit<'_>, more: &str) -> Result<(Value, usize)> {
    let url = format!("{}/realms/{AGENTS}/api?x=1&client_id=#y", visit.world.provider.base);
    let before = visit.count("", Endpoint::Api);
    let status = visit.ask(&format!("return (await session.fetch('{url}', {more})).status"))?;
    Ok((status, visit.count("", Endpoint::Api) - before))
}

fn api(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        enter(visit, &world.client(), "full", FULL)?;
        for more in ["{}", "{ method: 'POST', body: 'text' }", "{ method: 'PATCH', body: new Blob(['x']) }"] {
            let said = call(visit, more)?;
            ensure!(said == (json!(200), 1), "to {more} the API says {said:?}");
        }
        let seen = world.provider.seen("", Endpoint::Api);
        ensure!(seen.iter().all(|seen| seen.authorization.starts_with("DPoP ")), "another scheme");
        // In the other mode the API gets no proofs.
        enter(visit, &world.client(), "refresh", REFRESH)?;
        call(visit, "{}")?;
        let last = world.provider.seen("", Endpoint::Api).pop().map(|seen| (seen.authorization, seen.proofs));
        ensure!(
            last.is_some_and(|(token, proofs)| token.starts_with("Bearer ") && proofs.is_empty()),
            "another scheme"
        );
        Ok(())
    })
}

fn api_nonces(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        enter(visit, &world.client(), "full", FULL)?;
        let demand = |nonce| {
            world.provider.be(|faults| {
                faults.proofs = Some(FULL);
                faults.api_proofs.nonce = Some(nonce);
            });
        };
        demand("first");
        let post = "{ method: 'POST', body: 'text' }";
        for (nonce, times) in [("first", 2), ("first", 1), ("second", 2), ("second", 1)] {
            demand(nonce);
            let said = call(visit, post)?;
            ensure!(said == (json!(200), times), "with the nonce {nonce} the API says {said:?}");
        }
        Ok(())
    })
}

fn api_never(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for error in ["use_dpop_nonce", "invalid_token"] {
            let client = world.client();
            enter(visit, &client, "full", FULL)?;
            world.provider.be(|faults| {
                faults.proofs = Some(FULL);
                faults.api_proofs = Demand { nonce: Some("n"), never: Some((error, "")), ..FULL };
            });
            // At least as old as a token has to be for another one to help.
            pause(5_200);
            let said = call(visit, "{ method: 'POST', body: 'text' }")?;
            let times = if error == "use_dpop_nonce" { 3 } else { 2 };
            ensure!(said == (json!(401), times), "to {error} the API says {said:?}");
            visit.asked(&client, Endpoint::Token, 2)?;
        }
        Ok(())
    })
}

/// Changes the record of the session as it lies in the database.
fn change_record(visit: &Visit<'_>, client: &str, change: &str) -> Result<()> {
    let name = format!("otrs-auth.{}.session", visit.tag(client)?);
    let script = format!(
        "const done = (r) => new Promise((resolve, reject) => {{ r.onsuccess = () => resolve(r.result); r.onerror = () => reject(r.error); }}); \
         const db = await done(indexedDB.open('otrs-auth', 1)); const store = () => db.transaction('records', 'readwrite').objectStore('records'); \
         const record = await done(store().get('{name}')); if (!record) return false; const changed = await ({change})(record); \
         await done(store().put(changed, '{name}')); db.close(); return true"
    );
    ensure!(visit.browser.run(&script, &[])? == true, "there is no record");
    Ok(())
}

fn key_lost(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for (change, code) in [
            ("({ private: _, ...rest }) => rest", "session_ended"),
            ("(record) => ({ ...record, private: 7 })", "session_ended"),
            ("(record) => ({ ...record, private: record.key })", "session_ended"),
            (
                "async (record) => ({ ...record, private: (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])).privateKey })",
                "dpop_proof_refused",
            ),
        ] {
            let client = world.client();
            enter(visit, &client, "refresh", REFRESH)?;
            change_record(visit, &client, change)?;
            visit.browser.reload()?;
            visit.signed_in()?;
            refresh(visit, code)?;
            if code == "session_ended" {
                visit.asked(&client, Endpoint::Token, 1)?;
                ensure!(visit.ends()? == json!(["ended", 1]), "{change}: {}", visit.ends()?);
            }
            // Another login makes another key.
            visit.browser.run("window.old = true; setTimeout(() => page.session.login(), 0)", &[])?;
            visit.until("the page after the login", 20, || {
                Ok((visit.browser.run("return !window.old && !!window.page?.settled", &[])? == true).then_some(()))
            })?;
            visit.signed_in()?;
            refresh(visit, "ok")?;
        }
        Ok(())
    })
}

fn plain_record(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        enter(visit, &client, "refresh", REFRESH)?;
        let text = "version=1&access_token=a.e30.c&id_token=i&sub=s&nonce=n&expires_at=9999999999999&lifetime=300000";
        change_record(visit, &client, &format!("(record) => ({{ private: record.private, text: '{text}' }})"))?;
        visit.open(&client, json!({ "dpop": "refresh", "apiOrigins": [world.provider.base] }))?;
        visit.is("signed_out")
    })
}

fn export(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        enter(visit, &client, "refresh", REFRESH)?;
        let change = "async (record) => { window.tried = await Promise.all(['pkcs8', 'jwk', 'raw'].map((kind) => \
            crypto.subtle.exportKey(kind, record.private).then(() => 'exported', (e) => e.name))); \
            window.tried.push(record.private.extractable, record.private.type, record.private.usages.join()); return record; }";
        change_record(visit, &client, change)?;
        let tried = visit.browser.run("return window.tried", &[])?;
        let kinds = tried.as_array().map(|all| all.iter().filter(|one| *one == "exported").count());
        ensure!(kinds == Some(0), "the key can be exported: {tried}");
        ensure!(tried[3] == false && tried[4] == "private" && tried[5] == "sign", "the key is {tried}");
        Ok(())
    })
}
