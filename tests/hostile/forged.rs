//! Answers that nobody asked for, that come twice, or to the wrong one: no request, no log-out, no other user.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::form;
use crate::provider::{Endpoint, Pairs, tokens};
use crate::test;
use crate::world::{AGENTS, CUSTOMERS, Visit, World};
use crate::{Engines, Test};

pub fn tests() -> Vec<Test> {
    let mut all = Vec::new();
    for (name, run) in [
        ("a_01_forged_in_a_fresh_tab", forged_fresh as fn(&World<'_>) -> Result<()>),
        ("a_01_forged_with_a_pending_login", forged_pending),
        ("a_01_forged_with_a_live_session", forged_live),
        ("a_02_own_code_with_a_used_state", stale_state),
        ("a_03_right_state_swapped_code", swapped_code),
        ("c_21_a_04_realms_crossed", crossed),
        ("c_26_code_in_query_and_fragment", query_and_fragment),
        ("a_07_half_a_megabyte_of_state", large),
        ("c_28_a_06_replayed", replayed),
        ("c_28_a_06_two_tabs_at_once", two_tabs),
        ("c_28_a_06_reload_and_back", reload_and_back),
        ("c_31_somewhere_else", elsewhere),
        ("c_20_expired_state", expired),
        ("c_06_c_24_iss_though_not_advertised", not_advertised),
    ] {
        // WebKit lets no script open a window without a click.
        let engines = if name == "c_28_a_06_two_tabs_at_once" { Engines::NotWebkit } else { Engines::All };
        all.push(Test { engines, ..test(name, run) });
    }
    all
}

/// A forged answer: the namespace of a real state, but a secret that nobody made.
fn forge(state: &str, page: &str, base: &str) -> String {
    let (start, _) = state.rsplit_once('.').unwrap_or((state, ""));
    let issuer = form::encode(&format!("{base}/realms/{AGENTS}"));
    format!("{page}#state={start}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&code=attacker&iss={issuer}")
}

fn forged_fresh(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let state = visit.pending(&client, json!({}))?.get("state").to_string();
        // By another browser, so that there is no login here.
        world.alone(|stranger| {
            for on_load in ["none", "login"] {
                let page = visit.page(&client, json!({ "onLoad": on_load }));
                stranger.receive(&forge(&state, &page, &world.provider.base))?;
                stranger.refused("callback_unsolicited")?;
                stranger.is_clean()?;
            }
            visit.asked(&client, Endpoint::Token, 0)?;
            // No navigation either: a forged answer must not start a login.
            visit.asked(&client, Endpoint::Authorization, 1)
        })
    })
}

fn forged_pending(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let page = visit.page(&client, json!({ "onLoad": "login" }));
        let callback = visit.callback(&request)?;
        visit.receive(&forge(request.get("state"), &page, &world.provider.base))?;
        visit.refused("callback_unsolicited")?;
        visit.asked(&client, Endpoint::Token, 0)?;
        // The true one still works.
        visit.receive(&callback)?;
        visit.signed_in()?;
        visit.asked(&client, Endpoint::Token, 1)
    })
}

fn forged_live(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let state = world.provider.seen(&client, Endpoint::Authorization)[0].get("state").to_string();
        let token = visit.ask("return await session.getToken()")?;
        let page = visit.page(&client, json!({ "onLoad": "login" }));
        visit.receive(&forge(&state, &page, &world.provider.base))?;
        visit.signed_in()?;
        ensure!(visit.ask("return await session.getToken()")? == token, "it is another token");
        visit.until("the error to be told", 5, || {
            Ok((visit.errors()? == json!(["callback_unsolicited"])).then_some(()))
        })?;
        visit.asked(&client, Endpoint::Token, 1)?;
        visit.asked(&client, Endpoint::Authorization, 1)
    })
}

/// Somebody else's code, got for this redirect URI with a challenge of their own.
fn attackers_code(visit: &Visit<'_>, client: &str) -> String {
    let page = visit.page(client, json!({ "onLoad": "login" }));
    let challenge = tokens::challenge("the-verifier-of-the-attacker-which-is-43-long");
    visit.world.provider.code_for(AGENTS, client, &page, &challenge, "nonce")
}

fn answer(visit: &Visit<'_>, client: &str, state: &str, code: &str, realm: &str) -> String {
    let iss = form::encode(&format!("{}/realms/{realm}", visit.world.provider.base));
    let page = visit.page(client, json!({ "onLoad": "login" }));
    format!("{page}#state={}&code={code}&iss={iss}", form::encode(state))
}

fn stale_state(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let state = world.provider.seen(&client, Endpoint::Authorization)[0].get("state").to_string();
        let code = attackers_code(visit, &client);
        visit.receive(&answer(visit, &client, &state, &code, AGENTS))?;
        visit.signed_in()?;
        visit.asked(&client, Endpoint::Token, 1)
    })
}

fn swapped_code(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let code = attackers_code(visit, &client);
        visit.receive(&answer(visit, &client, request.get("state"), &code, AGENTS))?;
        // The server checks the verifier; we end cleanly.
        visit.refused("code_refused")?;
        visit.asked(&client, Endpoint::Token, 1)?;
        visit.open(&client, json!({}))?;
        visit.is("signed_out")
    })
}

/// Two logins under way, and each gets the other's answer.
fn crossed(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let agent = visit.pending(&client, json!({}))?;
        let customer = visit.pending(&client, json!({ "interface": "customer" }))?;
        ensure!(customer.realm == CUSTOMERS && agent.realm == AGENTS, "the realms are not two");
        let code_of = |request| -> Result<String> {
            let callback = visit.callback(request)?;
            let at = callback.find("code=").context("no code")?;
            Ok(callback[at + 5..].split('&').next().unwrap_or_default().to_string())
        };
        let (agents_code, customers_code) = (code_of(&agent)?, code_of(&customer)?);
        // The agents' state with the other realm's code and name.
        visit.receive(&answer(visit, &client, agent.get("state"), &customers_code, CUSTOMERS))?;
        visit.refused("callback_issuer_mismatch")?;
        // The other way round, at the customers' page.
        let page = visit.page(&client, json!({ "onLoad": "login", "interface": "customer" }));
        let iss = form::encode(&agent_issuer(visit));
        visit.receive(&format!("{page}#state={}&code={agents_code}&iss={iss}", customer.get("state")))?;
        visit.refused("callback_issuer_mismatch")?;
        // A state of one realm's at the other one's page is not that page's answer at all.
        let page = visit.page(&client, json!({ "interface": "customer" }));
        visit.receive(&format!("{page}#state={}&code={agents_code}&iss={iss}", agent.get("state")))?;
        visit.is("signed_out")?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, 0)
    })
}

fn agent_issuer(visit: &Visit<'_>) -> String {
    format!("{}/realms/{AGENTS}", visit.world.provider.base)
}

fn query_and_fragment(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        visit.receive(&callback.replacen('#', "?code=other#", 1))?;
        visit.refused("callback_malformed")?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, 0)
    })
}

/// Firefox takes no more.
fn large(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let page = visit.page(&client, json!({}));
        let state = format!("{}{}", request.get("state"), "x".repeat(500_000));
        visit.receive(&format!("{page}#state={state}&code=x&iss={}", form::encode(&agent_issuer(visit))))?;
        visit.refused("callback_unsolicited")?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, 0)
    })
}

fn replayed(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        visit.receive(&callback)?;
        visit.signed_in()?;
        visit.receive(&callback)?;
        visit.signed_in()?;
        visit.asked(&client, Endpoint::Token, 1)?;
        // In a browser that knows nothing.
        world.alone(|stranger| {
            stranger.receive(&callback)?;
            stranger.refused("callback_unsolicited")
        })?;
        visit.asked(&client, Endpoint::Token, 1)?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "the session is disturbed");
        Ok(())
    })
}

fn two_tabs(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        visit.leave()?;
        // Both at once: window.open copies sessionStorage as well.
        let open = "for (let tab = 0; tab < 2; tab += 1) window.open(arguments[0], 'callback' + tab)";
        let first = visit.browser.tab()?;
        visit.browser.run(open, &[json!(callback)])?;
        let mut ends = Vec::new();
        for tab in visit.browser.tabs()? {
            if tab != first {
                visit.browser.to_tab(&tab)?;
                ends.push(visit.settled(20)?);
                visit.is_clean()?;
                visit.browser.close_tab()?;
            }
        }
        visit.browser.to_tab(&first)?;
        visit.asked(&client, Endpoint::Token, 1)?;
        let signed_in = ends.iter().filter(|end| end["status"] == "signed_in").count();
        ensure!(ends.len() == 2 && signed_in >= 1, "they end as {ends:?}");
        ensure!(
            ends.iter().all(|end| end["status"] == "signed_in" || end["code"] == "callback_unsolicited"),
            "{ends:?}"
        );
        Ok(())
    })
}

fn reload_and_back(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        visit.browser.reload()?;
        visit.signed_in()?;
        visit.leave()?;
        visit.browser.back()?;
        visit.signed_in()?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, 1)?;
        visit.asked(&client, Endpoint::Authorization, 1)
    })
}

/// An answer at a page that belongs to another client stays out of its way.
fn elsewhere(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let (client, other) = (world.client(), world.client());
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        let (_, fragment) = callback.split_once('#').context("no fragment")?;
        visit.receive(&format!("{}#{fragment}", visit.page(&other, json!({}))))?;
        visit.is("signed_out")?;
        // Parameters of that name that are not ours are left alone.
        visit.receive(&format!("{}?code=voucher&state=open#x", visit.page(&other, json!({}))))?;
        visit.is("signed_out")?;
        ensure!(visit.browser.url()?.ends_with("?code=voucher&state=open#x"), "the page's own parameters are gone");
        visit.asked(&client, Endpoint::Token, 0)?;
        visit.asked(&other, Endpoint::Token, 0)
    })
}

fn expired(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        let request = visit.pending(&client, json!({}))?;
        let callback = visit.callback(&request)?;
        visit.leave()?;
        // The attempt says when it began.
        visit.rewrite(
            request.get("state"),
            "const now = text.match(/created=(\\d+)/)[1];
            return text.replace(now, String(now - 3 * 3600 * 1000))",
        )?;
        visit.browser.goto(&callback)?;
        visit.refused("callback_expired")?;
        visit.asked(&client, Endpoint::Token, 0)
    })
}

/// Keycloak always names its issuer, so we demand it, whatever the document says.
fn not_advertised(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for (missing, code) in [(false, ""), (true, "callback_issuer_missing")] {
            let client = world.client();
            world.provider.be(|faults| {
                faults.discovery = Some(Arc::new(|document| {
                    document["authorization_response_iss_parameter_supported"] = json!(false);
                }));
                if missing {
                    faults.callback = Some(Arc::new(|pairs: &mut Pairs| pairs.retain(|(name, _)| name != "iss")));
                }
            });
            visit.open(&client, json!({ "onLoad": "login" }))?;
            if missing { visit.refused(code)? } else { visit.signed_in()? }
        }
        Ok(())
    })
}
