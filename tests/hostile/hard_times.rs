//! Outages, tabs that die, and pages without https.

use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::provider::tokens::{Key, Token};
use crate::provider::{Endpoint, Fault};
use crate::test;
use crate::world::{Visit, World, named, pause};
use crate::{Engines, Test};

pub fn tests() -> Vec<Test> {
    vec![
        test("c_76_an_answer_lost_after_the_rotation", lost_answer),
        test("c_70_c_71_the_old_refresh_token_stays", no_rotation),
        test("c_61_c_82_what_the_api_gets", api_request),
        test("a_95_many_tabs_come_back_at_once", many_tabs),
        test("a_96_a_tab_dies_inside_the_lock", dead_tab),
        test("c_04_two_sessions_of_one_issuer_and_client_are_one", one_session),
        // The others have no such collector, or none that a page can make work.
        Test { engines: Engines::NotWebkit, ..test("what_is_done_is_given_back", closures) },
        Test { engines: Engines::NotWebkit, ..test("what_is_closed_is_given_back", closed) },
        test("c_50_c_60_forged_tokens_without_https", without_https),
    ]
}

/// The server has rotated, and we do not know: it refuses the old token, and that is the end, once.
fn lost_answer(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        world.provider.be(|faults| faults.lose = true);
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "keycloak_unreachable", "nothing was lost");
        ensure!(visit.status()? == "signed_in", "a lost answer is no end");
        world.provider.be_honest();
        visit.until("the end", 15, || {
            visit.outcome("session.getToken({ fresh: true })")?;
            Ok((visit.status()? == "ended").then_some(()))
        })?;
        ensure!(visit.ends()? == json!(["ended", 1]), "it is {}", visit.ends()?);
        pause(500);
        visit.asked(&client, Endpoint::Authorization, 1)?;
        // One login makes it good.
        visit.enter(&client)?;
        visit.asked(&client, Endpoint::Authorization, 2)
    })
}

fn no_rotation(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        world.provider.be(|faults| {
            faults.token_answer = Some(Arc::new(|answer: &mut Value| {
                answer.as_object_mut().unwrap().remove("refresh_token");
            }));
        });
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        visit.outcome("session.getToken({ fresh: true })")?;
        let seen = world.provider.seen(&client, Endpoint::Token);
        let used: Vec<&str> = seen.iter().skip(1).map(|seen| seen.get("refresh_token")).collect();
        ensure!(used.len() == 2 && !used[0].is_empty() && used[0] == used[1], "another refresh token");
        Ok(())
    })
}

fn api_request(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let script = "const answer = await session.fetch('/hostile/echo?q=1', { method: 'POST', body: 'x',
              headers: { Authorization: 'Basic mine' } });
            return [answer.url, await answer.text(), await session.getToken()]";
        let seen = visit.ask(script)?;
        let (echo, token) = (seen[1].as_str().unwrap_or_default(), seen[2].as_str().unwrap_or_default());
        ensure!(seen[0] == format!("{}/hostile/echo?q=1", world.app), "another address: {}", seen[0]);
        ensure!(!token.is_empty() && echo.contains(&format!("Bearer {token}")), "not the access token");
        let others = world.provider.secrets(&client).into_iter().filter(|(kind, _)| kind != "access_token");
        for (kind, secret) in others {
            ensure!(!echo.contains(&secret), "the API gets the {kind}");
        }
        // It is not carried on to another origin.
        let moved = visit.outcome("session.fetch('/hostile/moved')")?;
        ensure!(moved != "ok", "a redirect is followed with the token");
        ensure!(!world.provider.all().iter().any(|seen| seen.raw.contains("/stolen-api")), "it went elsewhere");
        Ok(())
    })
}

fn many_tabs(world: &World<'_>) -> Result<()> {
    const TABS: usize = 6;
    world.alone(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.token_answer = Some(Arc::new(|answer: &mut Value| answer["expires_in"] = json!(3)));
        });
        visit.enter(&client)?;
        let mut tabs = vec![visit.browser.tab()?];
        for _ in 1..TABS {
            tabs.push(visit.browser.new_tab()?);
            visit.open(&client, json!({}))?;
            visit.signed_in()?;
        }
        world.provider.be(|faults| {
            faults.answers.insert(Endpoint::Token, Fault::Hidden(502));
        });
        let before = visit.count(&client, Endpoint::Token);
        pause(3_500);
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            visit.ask("page.late = session.getToken().then(() => 'ok', (error) => error.code); dispatchEvent(new Event('online'))")?;
        }
        pause(500);
        let during = visit.count(&client, Endpoint::Token) - before;
        ensure!(during <= 2 * TABS, "{during} requests of {TABS} tabs while nobody answers");
        let middle = visit.count(&client, Endpoint::Token);
        world.provider.be_honest();
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            visit.ask("dispatchEvent(new Event('online'))")?;
        }
        for tab in &tabs {
            visit.browser.to_tab(tab)?;
            ensure!(visit.status()? == "signed_in", "one of them is {}", visit.status()?);
            visit.until("the tab to have a token", 12, || Ok((visit.outcome("session.getToken()")? == "ok").then_some(())))?;
        }
        let after = visit.count(&client, Endpoint::Token) - middle;
        ensure!(after == 1, "{after} requests of {TABS} tabs once somebody answers");
        Ok(())
    })
}

/// The browser gives the lock of a dead tab to the next one.
fn dead_tab(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let first = visit.second_tab(&client)?;
        world.provider.be(|faults| {
            faults.answers.insert(Endpoint::Token, Fault::Silence);
        });
        visit.ask("session.getToken({ fresh: true }).catch(() => {})")?;
        visit.comes(&client, Endpoint::Token, 2)?;
        visit.back_to(&first)?;
        world.provider.be_honest();
        let began = std::time::Instant::now();
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "the lock died with the tab");
        ensure!(began.elapsed().as_secs() < 5, "it took {} s", began.elapsed().as_secs());
        Ok(())
    })
}

fn one_session(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let same = visit.ask(
            "const again = await page.createSession({ ...page.options, authority: page.options.authority + '/' });
             const other = await page.createSession({ ...page.options, interface: 'customer', onLoad: 'none' });
             return [again === session, other === session]",
        )?;
        ensure!(same == json!([true, false]), "it is {same}");
        visit.asked(&client, Endpoint::Token, 1)
    })
}

/// The code of the refusal, and the change.
type Forged = (&'static str, fn(&mut Token));

/// The same checks where the browser offers no cryptography.
fn without_https(world: &World<'_>) -> Result<()> {
    world.with(world.driver.open_with_names()?, |visit| {
        let authority = named(&world.provider.base, "iam");
        let open = |visit: &Visit<'_>, client: &str| {
            let options = json!({ "onLoad": "login", "authority": authority, "allowInsecureHttp": true });
            visit.browser.goto(&named(&visit.page(client, options), "desk"))
        };
        let client = world.client();
        open(visit, &client)?;
        named_settled(visit, "status", "signed_in")?;
        let seen = visit
            .ask("return [isSecureContext, !!crypto.subtle, (await session.getToken({ fresh: true })).length > 99]")?;
        ensure!(seen == json!([false, false, true]), "the page says {seen}");
        let forged: [Forged; 4] = [
            ("id_token_signature", |token| token.key = Key::Customers),
            ("id_token_algorithm", |token| token.header["alg"] = json!("none")),
            ("id_token_nonce", |token| token.with("nonce", "AAAA")),
            ("id_token_audience", |token| token.with("aud", "evil")),
        ];
        for (code, forge) in forged {
            let client = world.client();
            world.provider.be(|faults| faults.id_token = Some(Arc::new(forge)));
            open(visit, &client)?;
            named_settled(visit, "code", code)?;
            visit.asked(&client, Endpoint::Token, 1)?;
        }
        Ok(())
    })
}

fn named_settled(visit: &Visit<'_>, member: &str, expected: &str) -> Result<()> {
    visit.until(expected, 20, || {
        let settled = visit
            .browser
            .run("return location.hostname === 'desk.otrs.test' ? window.page?.settled ?? null : null", &[])?;
        if settled.is_null() {
            return Ok(None);
        }
        ensure!(settled[member] == expected, "not {expected} but {settled}");
        Ok(Some(()))
    })
}

/// Twenty sessions later, those that were closed are gone: with their tokens, their listeners and their channels.
fn closed(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        visit.ask("window.refs = []; for (let n = 0; n < 20; n++) { \
            const next = await (page.session.close(), page.createSession(page.options)); \
            next.addEventListener('change', () => {}); await next.getToken({ fresh: true }); \
            page.session = next; window.refs.push(new WeakRef(next)); } \
            page.session.close(); page.session = null; return 1")?;
        for _ in 0..30 {
            visit.browser.run("let all = []; for (let n = 0; n < 60; n++) all.push(new Array(200000).fill(n)); all = null; await new Promise((done) => setTimeout(done, 30)); return 1", &[])?;
        }
        let alive = visit.browser.run("return window.refs.filter((ref) => ref.deref()).length", &[])?;
        // The collector takes its time with the last ones.
        ensure!(alive.as_u64().is_some_and(|alive| alive <= 5), "{alive} of 20 closed sessions are still there");
        Ok(())
    })
}

/// Ten refreshes later, what they were made of is gone: it held tokens.
fn closures(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        visit.ask("const real = window.setTimeout; window.refs = [];
            window.setTimeout = (f, ms) => { if (typeof f === 'function') window.refs.push([new WeakRef(f), ms]); return real(f, ms); };
            return 1")?;
        for _ in 0..10 {
            ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        }
        for _ in 0..30 {
            visit.ask("let all = []; for (let n = 0; n < 60; n++) all.push(new Array(200000).fill(n)); all = null; await new Promise((done) => setTimeout(done, 30)); return 1")?;
        }
        let counted = visit.ask("const own = window.refs.filter(([r, ms]) => ms === 5000 || ms === 10000 || ms === 25000); return [own.length, own.filter(([r]) => r.deref()).length, window.refs.length, window.refs.filter(([r]) => r.deref()).length]")?;
        let (made, alive) = (counted[0].as_u64().unwrap_or_default(), counted[1].as_u64().unwrap_or_default());
        ensure!(made >= 40, "only {made} functions were made");
        // The collector takes its time with the last ones.
        ensure!(alive * 4 <= made, "{alive} of {made} functions are still there");
        Ok(())
    })
}
