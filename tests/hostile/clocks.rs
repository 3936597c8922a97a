//! Clocks that are wrong, jump or stand still, and timers that are too long.

use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::provider::tokens::Token;
use crate::provider::{Endpoint, Fault};
use crate::test;
use crate::world::{World, pause};
use crate::{Engines, Test};

pub fn tests() -> Vec<Test> {
    vec![
        test("a_80_a_wrong_clock", wrong_clock),
        test("a_80_a_clock_that_jumps", jumps),
        test("a_80_an_hour_asleep", asleep),
        // The others take the same numbers from the same code.
        Test { engines: Engines::NotWebkit, ..test("a_80_ends_beyond_what_a_timer_can_wait", far_ends) },
    ]
}

const HOUR: i64 = 3_600_000;

fn wrong_clock(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for minutes in [5, 60, 24 * 60] {
            for ms in [minutes * 60_000, -minutes * 60_000] {
                let client = world.client();
                visit.open(&client, json!({ "onLoad": "login", "clock": ms }))?;
                visit.signed_in().map_err(|error| error.context(format!("{ms} ms off")))?;
                let token = visit.ask("return await session.getToken()")?;
                let again = visit.ask("return (await Promise.all([1, 2, 3].map(() => session.getToken())))[2]")?;
                ensure!(token == again, "a new token for every call, {ms} ms off");
                visit.asked(&client, Endpoint::Token, 1)?;
                ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh, {ms} ms off");
                visit.browser.reload()?;
                visit.signed_in()?;
                visit.asked(&client, Endpoint::Token, 2)?;
            }
        }
        // An ID token that really is over is over.
        let client = world.client();
        world.provider.be(|faults| {
            faults.id_token = Some(Arc::new(|token: &mut Token| token.shift("exp", -3_900)));
        });
        visit.open(&client, json!({ "onLoad": "login", "clock": -24 * 3_600_000 }))?;
        visit.refused("id_token_expired")
    })
}

/// The clock on the wall is put right, or wrong, in the middle of a session: no end, no request per call, and no token
/// that is over by the time that really is.
fn jumps(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for minutes in [5, 60, 24 * 60] {
            for ms in [minutes * 60_000, -minutes * 60_000] {
                let client = world.client();
                visit.open(&client, json!({ "onLoad": "login", "clock": 0 }))?;
                visit.signed_in()?;
                let seen = visit.ask(&format!(
                    "window.shift.wall = {ms}; dispatchEvent(new Event('online')); const left = [];
                     for (const calls of [1, 3, 1, 1]) {{
                       const tokens = await Promise.all(Array.from({{ length: calls }}, () => session.getToken()));
                       const claims = JSON.parse(atob(tokens[0].split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
                       left.push(claims.exp * 1000 - (window.Date.now() - window.shift.wall));
                     }}
                     return {{ least: Math.min(...left), status: session.status.name }}"
                ))?;
                ensure!(seen["status"] == "signed_in", "after a jump of {ms} ms it is {seen}");
                ensure!(seen["least"].as_i64().is_some_and(|left| left > 0), "after a jump of {ms} ms a token is over: {seen}");
                let asked = visit.count(&client, Endpoint::Token);
                ensure!(asked <= 2, "{asked} token requests after a jump of {ms} ms");
                ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh after {ms} ms");
                // The page is loaded anew at the new time.
                visit.open(&client, json!({ "clock": ms }))?;
                visit.signed_in()?;
                let calls = "Promise.all([1, 2, 3].map(() => session.getToken()))";
                ensure!(visit.outcome(calls)? == "ok", "no token on a page loaded after a jump of {ms} ms");
                let more = visit.count(&client, Endpoint::Token) - asked;
                ensure!(more <= 2, "{more} more token requests for one that was wanted, after a jump of {ms} ms");
                let ends = visit.ends()?;
                ensure!(ends == json!(["signed_in", 0]), "after a jump of {ms} ms it is {ends}");
            }
        }
        Ok(())
    })
}

/// The computer sleeps for an hour; on some the monotonic clock sleeps, too.
fn asleep(world: &World<'_>) -> Result<()> {
    const WAKE: &str = "document.dispatchEvent(new Event('visibilitychange'));";
    world.visit(|visit| {
        for monotonic in [HOUR, 0] {
            let sleep = format!("window.shift = {{ wall: {HOUR}, monotonic: {monotonic} }};");
            // The realm lets a session be unused for two hours: the token is over, the session is not.
            let client = world.client();
            world.provider.be(|faults| {
                faults.token_answer = Some(Arc::new(|answer: &mut Value| answer["refresh_expires_in"] = json!(7_200)));
            });
            visit.open(&client, json!({ "onLoad": "login", "clock": 0 }))?;
            visit.signed_in()?;
            let seen = visit.ask(&format!(
                "const before = await session.getToken(); {sleep} {WAKE}
                 const after = await Promise.all([1, 2, 3].map(() => session.getToken()));
                 return [session.status.name, session.connected, after.every((token) => token !== before && token === after[0])]"
            ))?;
            ensure!(seen == json!(["signed_in", true, true]), "after an hour it is {seen}");
            visit.asked(&client, Endpoint::Token, 2)?;

            // Half an hour is what it lets: it is over, and where only one clock says so, Keycloak does.
            let client = world.client();
            world.provider.be_honest();
            visit.open(&client, json!({ "onLoad": "login", "clock": 0 }))?;
            visit.signed_in()?;
            let refusal = r#"{"error":"invalid_grant","error_description":"Token is not active"}"#;
            world.provider.be(|faults| {
                let answer = Fault::status(400, "application/json", refusal);
                faults.answers.insert(Endpoint::Token, answer);
            });
            let code = visit.outcome(&format!("(async () => {{ {sleep} {WAKE} return session.getToken(); }})()"))?;
            ensure!(code == "session_ended", "after an hour there is {code}");
            let end = visit.ask("return [session.status.reason, page.events.filter(([type]) => type === 'ended').length]")?;
            ensure!(end == json!(["idle", 1]), "after an hour it is {end}");
            let asked = visit.count(&client, Endpoint::Token);
            ensure!(asked == if monotonic == 0 { 2 } else { 1 }, "{asked} token requests");
        }
        Ok(())
    })
}

/// Tokens that live a day and sessions that live for months: a timer beyond 2^31 ms would fire at once, for ever.
fn far_ends(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.token_answer = Some(Arc::new(|answer: &mut Value| {
                answer["expires_in"] = json!(86_400 * 60);
                answer["refresh_expires_in"] = json!(86_400 * 90);
            }));
        });
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.signed_in()?;
        visit.ask(
            "const real = window.setTimeout; window.timers = [];
             window.setTimeout = (work, ms, ...more) => { window.timers.push(ms); return real(work, ms, ...more); }; return 1",
        )?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        pause(1_500);
        let seen = visit.ask("return [Math.max(...window.timers), window.timers.length, session.endsAt - Date.now(), session.status.name]")?;
        let longest = seen[0].as_i64().unwrap_or_default();
        ensure!(longest > 1_000_000 && longest < 1 << 31, "the longest timer waits {longest} ms");
        ensure!(seen[1].as_u64().is_some_and(|timers| timers < 20), "{} timers in 1.5 s", seen[1]);
        ensure!(seen[2].as_i64().is_some_and(|left| left > 89 * 24 * HOUR) && seen[3] == "signed_in", "it is {seen}");
        visit.asked(&client, Endpoint::Token, 2)
    })
}
