//! Whatever a server does, the page gets an answer in time, and the browser is not sent round in circles.

use anyhow::{Result, ensure};
use serde_json::json;
use std::sync::Arc;

use crate::Test;
use crate::provider::tokens::Token;
use crate::provider::{Endpoint, Fault};
use crate::test;
use crate::world::{Visit, World, pause};

pub fn tests() -> Vec<Test> {
    vec![
        test("a_wrong_nonce_makes_no_loop", wrong_nonce),
        test("login_required_for_ever_makes_no_loop", login_required),
        test("authentication_expired_for_ever_makes_no_loop", expired_for_ever),
        test("a_refused_code_makes_no_loop", refused_code),
        test("a_missing_role_makes_no_loop", missing_role),
        test("a_silent_check_asks_once", silent_check),
        test("a_session_of_one_page_makes_no_loop", memory_loop),
        test("nobody_there_is_told_in_time", nobody_there),
        test("a_refused_frame_is_told_in_time", refused_frame),
        test("c_84_a_401_makes_no_storm", unauthorized),
        test("c_74_a_refused_refresh_ends_it_in_all_tabs", refused_refresh),
        test("c_75_a_75_a_94_a_storm_of_429", storm),
    ]
}

/// Opens the page three times, as a user who reloads does: two logins at the most, then the loop is named.
fn three_times(visit: &Visit<'_>, client: &str, code: &str) -> Result<()> {
    for expected in [code, code, "login_loop"] {
        visit.open(client, json!({ "onLoad": "login" }))?;
        visit.refused(expected)?;
        // Nothing more comes by itself.
        pause(300);
        visit.refused(expected)?;
    }
    let left = visit.count(client, Endpoint::Authorization);
    ensure!(left <= 2, "it left {left} times");
    Ok(())
}

fn wrong_nonce(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.id_token = Some(Arc::new(|token: &mut Token| token.with("nonce", "AAAA"))));
        three_times(visit, &client, "id_token_nonce")?;
        visit.asked(&client, Endpoint::Token, 2)
    })
}

fn login_required(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.error = Some("login_required"));
        three_times(visit, &client, "login_required")
    })
}

/// The one error that is answered by another try: once.
fn expired_for_ever(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.error = Some("temporarily_unavailable");
            faults.callback = Some(Arc::new(|pairs: &mut Vec<(String, String)>| {
                pairs.push(("error_description".into(), "authentication_expired".into()));
            }));
        });
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused("login_loop")?;
        pause(300);
        visit.asked(&client, Endpoint::Authorization, 2)
    })
}

fn refused_code(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let body = json!({ "error": "invalid_grant", "error_description": "Code not valid" }).to_string();
        world.provider.be(|faults| {
            faults.answers.insert(Endpoint::Token, Fault::status(400, "application/json", body));
        });
        three_times(visit, &client, "code_refused")?;
        // A code is never sent twice: Keycloak would end the user's sessions for it.
        visit.asked(&client, Endpoint::Token, 2)
    })
}

fn missing_role(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.access_token = Some(Arc::new(|token: &mut Token| token.without("resource_access")));
        });
        for _ in 0..3 {
            visit.open(&client, json!({ "onLoad": "login" }))?;
            visit.is("no_access")?;
            ensure!(visit.outcome("session.getToken()")? == "role_missing", "a token for nobody");
        }
        visit.asked(&client, Endpoint::Authorization, 1)
    })
}

fn silent_check(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.nobody = true);
        for _ in 0..3 {
            visit.open(&client, json!({ "onLoad": "check" }))?;
            visit.is("signed_out")?;
        }
        visit.asked(&client, Endpoint::Authorization, 1)
    })
}

fn nobody_there(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        // Nobody listens there.
        visit.open(&client, json!({ "onLoad": "login", "authority": "http://localhost:9" }))?;
        visit.refused("keycloak_unreachable")?;
        visit.open(&client, json!({ "onLoad": "check", "authority": "http://localhost:9" }))?;
        visit.is("signed_out")?;
        // Somebody accepts and says nothing.
        world.provider.be(|faults| {
            for endpoint in [Endpoint::Discovery, Endpoint::Keys, Endpoint::Other, Endpoint::Token] {
                faults.answers.insert(endpoint, Fault::Silence);
            }
        });
        visit.open(&client, json!({ "onLoad": "login", "timeouts": { "request": 1000 } }))?;
        visit.refused("keycloak_unreachable")?;
        let took = visit.settled(1)?["ms"].as_u64().unwrap_or(u64::MAX);
        ensure!(took < 4_000, "it took {took} ms");
        Ok(())
    })
}

/// After a login without an answer, the next one first looks by a frame whether Keycloak would come back.
fn refused_frame(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for (name, headers, code) in [
            (
                "X-Frame-Options",
                vec![("content-type", "text/html".into()), ("x-frame-options", "DENY".to_string())],
                "redirect_uri_refused",
            ),
            ("no page at all", Vec::new(), "still under way"),
        ] {
            let client = world.client();
            visit.pending(&client, json!({}))?;
            let fault = match headers.is_empty() {
                true => Fault::status(204, "text/html", ""),
                false => Fault::Answer { status: 200, headers, body: b"<h1>Error</h1>".to_vec() },
            };
            world.provider.be(|faults| {
                faults.answers.insert(Endpoint::Authorization, fault);
            });
            if code == "still under way" {
                // Nothing can be told, so the login goes on, and its own deadline holds.
                let options = json!({ "onLoad": "login", "timeouts": { "navigation": 1000 } });
                visit.open(&client, options)?;
                visit.refused("navigation_failed")?;
            } else {
                visit.open(&client, json!({ "onLoad": "login" }))?;
                visit.refused(code).map_err(|error| error.context(name))?;
            }
            let frames = visit.ask("return document.querySelectorAll('iframe').length")?;
            ensure!(frames == 0, "{frames} frames are left");
        }
        Ok(())
    })
}

fn unauthorized(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        // 401, again and again.
        let calls = "const all = await Promise.all(Array.from({ length: 20 }, () => session.fetch('/hostile/api')));
            return all.map((answer) => answer.status)";
        let answers = visit.ask(calls)?;
        ensure!(answers == json!(vec![401; 20]), "they end as {answers}");
        let asked = visit.count(&client, Endpoint::Token);
        // A token that has only just come is not changed for another one.
        ensure!(asked == 1, "{asked} token requests");
        // C-82, C-83: never to another origin, never in an address.
        for target in ["https://evil.test/", "//evil.test", "http://user@localhost/", "data:,x", "javascript:1"] {
            let code = visit.outcome(&format!("session.fetch({})", json!(target)))?;
            ensure!(code != "ok" && !code.is_empty(), "{target} is fetched");
        }
        let referers = world.referers.lock().map(|all| all.clone()).unwrap_or_default();
        let token = world.provider.secrets(&client).into_iter().find(|(kind, _)| kind == "access_token");
        let token = token.map(|(_, token)| token).unwrap_or_default();
        ensure!(
            !token.is_empty() && !referers.iter().any(|(path, from)| path.contains(&token) || from.contains(&token)),
            "the token is in an address"
        );
        Ok(())
    })
}

fn refused_refresh(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let first = visit.second_tab(&client)?;
        world.provider.end_sessions();
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "session_ended", "it goes on");
        ensure!(visit.ends()? == json!(["ended", 1]), "here: {}", visit.ends()?);
        visit.back_to(&first)?;
        visit.hears_the_end()?;
        // Nobody asks again, and no navigation comes by itself.
        let refreshes = visit.count(&client, Endpoint::Token);
        ensure!(visit.outcome("session.getToken()")? == "session_ended", "a token after the end");
        pause(500);
        visit.asked(&client, Endpoint::Token, refreshes)?;
        ensure!(refreshes == 2, "{refreshes} token requests");
        visit.asked(&client, Endpoint::Authorization, 1)
    })
}

fn storm(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        world.provider.be(|faults| {
            faults.answers.insert(Endpoint::Token, Fault::status(429, "text/plain", "slow down"));
        });
        // A caller that asks again and again does not make the server's day worse.
        let calls = "const end = performance.now() + 3000; let calls = 0;
            while (performance.now() < end) {
              calls += 1;
              await session.getToken({ fresh: true }).catch(() => {});
              await new Promise((done) => setTimeout(done, 10));
            }
            return calls";
        let calls = visit.ask(calls)?.as_u64().unwrap_or_default();
        let asked = visit.count(&client, Endpoint::Token);
        ensure!(calls > 50, "only {calls} calls");
        ensure!(asked <= 6, "{asked} requests for {calls} calls");
        ensure!(visit.status()? == "signed_in", "it is {}", visit.status()?);
        Ok(())
    })
}

/// With `storage: "memory"` another document would know nothing of the session.
fn memory_loop(world: &World<'_>) -> Result<()> {
    world.alone(|visit| {
        let client = world.client();
        let page = visit.page(&client, json!({ "onLoad": "login", "storage": "memory" }));
        visit.browser.goto(&format!("{page}?TicketID=42"))?;
        pause(2_000);
        let times = visit.count(&client, Endpoint::Authorization);
        ensure!(times == 1, "left {times} times");
        visit.signed_in()?;
        ensure!(visit.browser.url()?.ends_with("/?TicketID=42"), "it is at {}", visit.browser.url()?);
        Ok(())
    })
}
