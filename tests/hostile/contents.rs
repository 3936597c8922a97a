//! What stands in answers that look right: token answers, discovery documents, key sets.

use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::Test;
use crate::answers::nobody_was_followed;
use crate::provider::Endpoint;
use crate::test;
use crate::world::{World, pause};

pub fn tests() -> Vec<Test> {
    vec![
        test("c_43_lifetimes_of_every_kind", lifetimes),
        test("c_42_c_44_what_a_token_answer_must_have", token_members),
        test("c_46_c_77_the_granted_scope_is_not_assumed", scope),
        test("c_08_endpoints_of_the_document_are_not_used", foreign_endpoints),
        test("c_02_c_05_a_05_another_issuer_or_no_s256", documents),
        test("c_40_how_the_token_request_is_sent", token_request),
        test("c_60_a_90_keys_are_asked_for_once_more", rotation),
        test("c_07_ten_thousand_keys", many_keys),
    ]
}

fn lifetimes(world: &World<'_>) -> Result<()> {
    let values: [Value; 11] = [
        Value::Null,
        json!("300"),
        json!(-5),
        json!(0),
        json!(1e308),
        json!(9_007_199_254_740_993_u64),
        json!(0.5),
        json!(true),
        json!([300]),
        json!({}),
        json!("NaN"),
    ];
    world.visit(|visit| {
        for value in values {
            let client = world.client();
            let lifetime = value.clone();
            world.provider.be(|faults| {
                faults.token_answer = Some(Arc::new(move |answer: &mut Value| {
                    answer["expires_in"] = lifetime.clone();
                    answer["refresh_expires_in"] = lifetime.clone();
                }));
            });
            visit.enter(&client)?;
            let left = visit.ask("return (session.expiresAt - Date.now()) / 1000")?.as_f64().unwrap_or(f64::NAN);
            ensure!((1.0..=86_400.0).contains(&left), "expires_in {value} makes {left} s");
            pause(300);
            visit.asked(&client, Endpoint::Token, 1)?;
        }
        Ok(())
    })
}

fn token_members(world: &World<'_>) -> Result<()> {
    let cases: [(&str, Value, &str); 13] = [
        ("token_type", json!("DPoP"), "token_type_refused"),
        ("token_type", json!("mac"), "token_type_refused"),
        ("token_type", Value::Null, "token_answer_invalid"),
        ("token_type", json!(["Bearer"]), "token_answer_invalid"),
        ("token_type", json!("bEARER"), ""),
        ("access_token", json!(""), "token_answer_invalid"),
        ("access_token", json!(7), "token_answer_invalid"),
        ("access_token", json!("opaque"), "id_token_access_token_hash"),
        ("id_token", Value::Null, "token_answer_invalid"),
        ("id_token", json!(""), "token_answer_invalid"),
        ("id_token", json!({}), "token_answer_invalid"),
        ("refresh_token", json!([]), "token_answer_invalid"),
        ("surprise", json!({ "__proto__": { "id_token": "x" } }), ""),
    ];
    world.visit(|visit| {
        for (name, value, code) in cases {
            let client = world.client();
            let member = value.clone();
            world.provider.be(|faults| {
                faults.token_answer = Some(Arc::new(move |answer: &mut Value| answer[name] = member.clone()));
            });
            visit.open(&client, json!({ "onLoad": "login" }))?;
            match code {
                "" => visit.signed_in()?,
                code => visit.refused(code)?,
            }
            visit.asked(&client, Endpoint::Token, 1)?;
        }
        // Absent altogether.
        world.provider.be(|faults| {
            faults.token_answer = Some(Arc::new(|answer: &mut Value| {
                answer.as_object_mut().unwrap().remove("id_token");
            }));
        });
        visit.open(&world.client(), json!({ "onLoad": "login" }))?;
        visit.refused("id_token_missing")
    })
}

fn scope(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.token_answer = Some(Arc::new(|answer: &mut Value| answer["scope"] = json!("openid email")));
        });
        visit.open(&client, json!({ "onLoad": "login", "scope": "openid email phone" }))?;
        visit.signed_in()?;
        ensure!(visit.ask("return session.scope")? == "openid email", "it says {}", visit.ask("return session.scope")?);
        world.provider.be_honest();
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        // RFC 6749 section 6: a refresh that names no scope cannot widen it.
        let last = world.provider.seen(&client, Endpoint::Token).pop();
        ensure!(last.is_some_and(|seen| seen.get("scope").is_empty()), "the refresh asks for a scope");
        Ok(())
    })
}

fn foreign_endpoints(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let evil = format!("{}/stolen", world.provider.base.replace("localhost", "127.0.0.1"));
        world.provider.be(|faults| {
            faults.discovery = Some(Arc::new(move |document: &mut Value| {
                for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
                    document[name] = json!(evil);
                }
            }));
        });
        visit.enter(&client)?;
        visit.asked(&client, Endpoint::Token, 1)?;
        nobody_was_followed(world)
    })
}

/// What is meant, the change, and the code of the refusal; none if it is none.
type Case = (&'static str, fn(&mut Value), &'static str);

fn documents(world: &World<'_>) -> Result<()> {
    let cases: [Case; 8] = [
        ("slash", |d| d["issuer"] = json!(format!("{}/", d["issuer"].as_str().unwrap())), "issuer_mismatch"),
        ("port", |d| d["issuer"] = json!("https://localhost/realms/otrs-agents"), "issuer_mismatch"),
        ("list", |d| d["issuer"] = json!([d["issuer"]]), "metadata_invalid"),
        ("none", |d| drop(d.as_object_mut().unwrap().remove("issuer")), "metadata_invalid"),
        ("no keys", |d| drop(d.as_object_mut().unwrap().remove("jwks_uri")), "metadata_invalid"),
        ("plain", |d| d["code_challenge_methods_supported"] = json!(["plain"]), "pkce_unsupported"),
        ("text", |d| d["code_challenge_methods_supported"] = json!("S256"), "pkce_unsupported"),
        ("silent", |d| drop(d.as_object_mut().unwrap().remove("code_challenge_methods_supported")), ""),
    ];
    world.visit(|visit| {
        for (name, change, code) in cases {
            let client = world.client();
            world.provider.be(|faults| faults.discovery = Some(Arc::new(change)));
            visit.open(&client, json!({ "onLoad": "login" }))?;
            if code.is_empty() {
                visit.signed_in()?;
                let request = world.provider.seen(&client, Endpoint::Authorization).pop();
                ensure!(request.is_some_and(|seen| seen.get("code_challenge_method") == "S256"), "no S256");
                continue;
            }
            visit.refused(code).map_err(|error| error.context(name))?;
            visit.asked(&client, Endpoint::Authorization, 0)?;
        }
        Ok(())
    })
}

fn token_request(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.open(&client, json!({}))?;
        visit.is("signed_out")?;
        // Pollution would otherwise reach fetch's options.
        let pollute =
            "Object.assign(Object.prototype, { redirect: 'follow', credentials: 'include', mode: 'no-cors' });
            setTimeout(() => session.login().catch((e) => page.events.push(['login', e.code, e.subject])), 10)";
        visit.ask(pollute)?;
        visit.comes(&client, Endpoint::Token, 1)?;
        visit.signed_in()?;
        let seen = world.provider.seen(&client, Endpoint::Token).remove(0);
        ensure!(seen.raw.starts_with("POST "), "it is no POST");
        ensure!(seen.cookie.is_none(), "it carries cookies");
        ensure!(seen.referer.is_none(), "it carries a Referer");
        for name in ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"] {
            let times = seen.parameters.iter().filter(|(own, _)| own == name).count();
            ensure!(times == 1, "{name} {times} times");
        }
        ensure!(seen.parameters.len() == 5, "more than that: {:?}", seen.parameters.len());
        let login = world.provider.seen(&client, Endpoint::Authorization).remove(0);
        ensure!(seen.get("redirect_uri") == login.get("redirect_uri"), "another redirect URI");
        ensure!(login.get("response_type") == "code", "no code flow");
        let verifier = seen.get("code_verifier").len();
        ensure!((43..=128).contains(&verifier), "a verifier of {verifier}");
        Ok(())
    })
}

fn rotation(world: &World<'_>) -> Result<()> {
    use crate::provider::tokens::Key;
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let before = visit.keys_requests();
        // The realm's key changes while the session goes on: one more look at the keys.
        world.provider.be(|faults| faults.key = Some(Key::Rotated));
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "the new key is not found");
        ensure!(visit.keys_requests() == before + 1, "{} looks at the keys", visit.keys_requests() - before);
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "the new key is lost");
        ensure!(visit.keys_requests() == before + 1, "the keys are asked for again and again");
        // A key that is nowhere: one look, then a refusal.
        let client = world.client();
        world.provider.be(|faults| {
            faults.key = Some(Key::Rotated);
            faults.keys = Some(vec![Key::Agents.jwk()]);
        });
        let before = visit.keys_requests();
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused("id_token_key_unknown")?;
        ensure!(visit.keys_requests() <= before + 2, "{} looks at the keys", visit.keys_requests() - before);
        Ok(())
    })
}

fn many_keys(world: &World<'_>) -> Result<()> {
    use crate::provider::tokens::Key;
    world.visit(|visit| {
        let client = world.client();
        let odd = [
            json!(null),
            json!(7),
            json!({}),
            json!({ "kty": "oct", "k": "AAAA", "kid": "agents-1" }),
            json!({ "kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB" }),
            json!({ "kty": "RSA", "kid": "small", "n": "AQAB", "e": "AQAB", "alg": "RS256", "use": "sig" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
        ];
        let mut keys: Vec<Value> = odd.to_vec();
        keys.push(Key::Agents.jwk());
        world.provider.be(|faults| faults.keys = Some(keys));
        visit.enter(&client)?;
        let client = world.client();
        world.provider.be(|faults| faults.keys = Some(vec![Key::Customers.jwk(); 10_000]));
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused("keys_invalid")
    })
}
