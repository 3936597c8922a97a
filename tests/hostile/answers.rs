//! Bad answers of every endpoint: what the login says, that it says it in time, and that an outage never ends a
//! session.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::Test;
use crate::provider::{Endpoint, Fault};
use crate::world::{Visit, World, pause};

/// Deadline of one request in these tests, ms.
const DEADLINE: u64 = 1_500;

/// What is answered, and the code of the login: `?` stands for the endpoint's own code. Where nothing can be read,
/// it depends on what else can: a token endpoint beside readable keys is one that does not know our origin.
fn faults(world: &World<'_>) -> Vec<(&'static str, &'static str, Fault)> {
    // Another origin, and one that notes who comes.
    let elsewhere = format!("{}/stolen", world.provider.base.replace("localhost", "127.0.0.1"));
    let deep = |open: &str, times: usize| Fault::json(open.repeat(times));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(10 << 20));
    vec![
        ("a_73_html_with_200", "?", Fault::status(200, "text/html", "<html>Sign in</html>")),
        ("a_73_html_called_json", "?", Fault::json("<html>Sign in</html>")),
        ("a_73_empty_204", "?", Fault::status(204, "application/json", "")),
        ("a_73_empty_200", "?", Fault::json("")),
        ("a_73_a_list", "?", Fault::json("[]")),
        ("a_73_an_empty_object", "?", Fault::json("{}")),
        ("a_73_utf_16", "?", Fault::json("{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())),
        ("a_73_a_million_deep", "?", deep("[", 200_000)),
        ("a_73_objects_in_objects", "?", deep("{\"a\":", 40_000)),
        ("a_73_names_twice", "?", Fault::json(r#"{"keys":[],"keys":[],"issuer":"a","issuer":"b"}"#)),
        ("a_73_nul", "?", Fault::json("{\"a\":\"\0\"}")),
        ("a_73_prototype", "?", Fault::json(r#"{"__proto__":{"issuer":"x","access_token":"x","keys":[]}}"#)),
        ("a_70_redirect_302", "hidden", Fault::redirect(302, &elsewhere)),
        ("a_70_redirect_307", "hidden", Fault::redirect(307, &elsewhere)),
        ("a_70_redirect_308", "hidden", Fault::redirect(308, &elsewhere)),
        ("a_71_endless", "?", Fault::Endless),
        ("a_71_ten_megabytes", "?", Fault::json(large)),
        ("a_72_no_answer", "timeout", Fault::Silence),
        ("a_72_hang_in_the_body", "timeout", Fault::HangInBody),
        ("a_73_broken_off", "hidden", Fault::Broken),
        ("a_74_502_that_cannot_be_read", "hidden", Fault::Hidden(502)),
        ("c_75_500", "server_error", Fault::status(500, "text/html", "<h1>Oops</h1>")),
        ("c_75_503", "server_error", Fault::status(503, "text/plain", "later")),
        ("c_75_429", "rate_limited", Fault::status(429, "text/plain", "slow down")),
    ]
}

const LOGIN: [(&str, Endpoint, &str); 3] = [
    ("discovery", Endpoint::Discovery, "metadata_invalid"),
    ("keys", Endpoint::Keys, "keys_invalid"),
    ("token", Endpoint::Token, "token_answer_invalid"),
];

pub fn tests() -> Vec<Test> {
    let mut all = Vec::new();
    for (place, endpoint, own) in LOGIN {
        for (index, name) in NAMES.iter().enumerate() {
            let run = move |world: &World<'_>| login(world, endpoint, own, index);
            // WebKit takes what was broken off for the whole, so that its codes are those of a half document.
            let webkit = endpoint == Endpoint::Token && *name != "a_73_broken_off";
            all.push(Test { name: format!("{place}_{name}"), webkit, run: Box::new(run) });
        }
    }
    for (index, name) in NAMES.iter().enumerate() {
        let run = move |world: &World<'_>| refresh(world, index);
        all.push(Test { name: format!("refresh_{name}"), webkit: false, run: Box::new(run) });
    }
    all.push(crate::test("c_43_lifetimes_of_every_kind", lifetimes));
    all.push(crate::test("c_42_c_44_what_a_token_answer_must_have", token_members));
    all.push(crate::test("c_46_c_77_the_granted_scope_is_not_assumed", scope));
    all.push(crate::test("c_08_endpoints_of_the_document_are_not_used", foreign_endpoints));
    all.push(crate::test("c_02_c_05_a_05_another_issuer_or_no_s256", documents));
    all.push(crate::test("c_40_how_the_token_request_is_sent", token_request));
    all.push(crate::test("c_60_a_90_keys_are_asked_for_once_more", rotation));
    all.push(crate::test("c_07_ten_thousand_keys", many_keys));
    all
}

const NAMES: [&str; 24] = [
    "a_73_html_with_200",
    "a_73_html_called_json",
    "a_73_empty_204",
    "a_73_empty_200",
    "a_73_a_list",
    "a_73_an_empty_object",
    "a_73_utf_16",
    "a_73_a_million_deep",
    "a_73_objects_in_objects",
    "a_73_names_twice",
    "a_73_nul",
    "a_73_prototype",
    "a_70_redirect_302",
    "a_70_redirect_307",
    "a_70_redirect_308",
    "a_71_endless",
    "a_71_ten_megabytes",
    "a_72_no_answer",
    "a_72_hang_in_the_body",
    "a_73_broken_off",
    "a_74_502_that_cannot_be_read",
    "c_75_500",
    "c_75_503",
    "c_75_429",
];

fn login(world: &World<'_>, endpoint: Endpoint, own: &str, index: usize) -> Result<()> {
    let (name, code, fault) = faults(world).swap_remove(index);
    ensure!(name == NAMES[index], "the names are out of order at {name}");
    let code = match (code, endpoint) {
        ("?", _) => own,
        ("hidden", Endpoint::Token) => "web_origin_missing",
        ("timeout", Endpoint::Token) => code,
        ("hidden" | "timeout", _) => "keycloak_unreachable",
        _ => code,
    };
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.answers.insert(endpoint, fault);
        });
        let timeouts = json!({ "request": DEADLINE });
        visit.open(&client, json!({ "onLoad": "login", "timeouts": timeouts }))?;
        visit.refused(code)?;
        // Its own deadline, and one more for a look at why.
        let took = visit.settled(1)?["ms"].as_u64().unwrap_or_default();
        ensure!(took < 3 * DEADLINE, "that took {took} ms");
        let left = usize::from(endpoint == Endpoint::Token);
        visit.asked(&client, Endpoint::Authorization, left)?;
        ensure!(visit.count(&client, Endpoint::Token) <= 2 * left, "too many token requests");
        nobody_was_followed(world)
    })
}

/// No redirect leads anywhere: a token request that follows one gives the code away.
fn nobody_was_followed(world: &World<'_>) -> Result<()> {
    ensure!(!world.provider.all().iter().any(|seen| seen.raw.contains("/stolen")), "a redirect was followed");
    Ok(())
}

fn refresh(world: &World<'_>, index: usize) -> Result<()> {
    let (_, _, fault) = faults(world).swap_remove(index);
    world.visit(|visit| {
        let client = world.client();
        visit.open(&client, json!({ "onLoad": "login", "timeouts": { "request": DEADLINE } }))?;
        visit.signed_in()?;
        world.provider.be(|faults| {
            faults.answers.insert(Endpoint::Token, fault);
        });
        let found = visit.outcome("session.getToken({ fresh: true })")?;
        ensure!(found != "ok", "there was no other token");
        ensure!(visit.status()? == "signed_in", "it is {} after {found}", visit.status()?);
        // The token on hand is still good.
        ensure!(visit.outcome("session.getToken()")? == "ok", "the valid token is kept back after {found}");
        visit.asked(&client, Endpoint::Token, 2)?;
        nobody_was_followed(world)?;
        world.provider.be_honest();
        recovers(visit)
    })
}

/// Within a few seconds of the server's return.
fn recovers(visit: &Visit<'_>) -> Result<()> {
    visit.until("the session to recover", 12, || {
        Ok((visit.outcome("session.getToken({ fresh: true })")? == "ok").then_some(()))
    })
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
        visit.until("the way back", 10, || Ok((visit.count(&client, Endpoint::Token) == 1).then_some(())))?;
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
