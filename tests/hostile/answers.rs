//! Bad answers of every endpoint: what the login says, that it says it in time, and that an outage never ends a
//! session.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::provider::{Endpoint, Fault};
use crate::world::{Visit, World};
use crate::{Engines, Test};

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
            let engines = match endpoint == Endpoint::Token && *name != "a_73_broken_off" {
                true => Engines::All,
                false => Engines::NotWebkit,
            };
            all.push(Test { name: format!("{place}_{name}"), engines, run: Box::new(run) });
        }
    }
    for (index, name) in NAMES.iter().enumerate() {
        let run = move |world: &World<'_>| refresh(world, index);
        all.push(Test { name: format!("refresh_{name}"), engines: Engines::NotWebkit, run: Box::new(run) });
    }
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
pub fn nobody_was_followed(world: &World<'_>) -> Result<()> {
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
