//! Others on the same origin: words, links and other clients.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Test;
use crate::form;
use crate::provider::Endpoint;
use crate::test;
use crate::world::{AGENTS, World, pause};

pub fn tests() -> Vec<Test> {
    vec![
        test("a_50_messages", messages),
        test("a_51_words_on_the_channel", channel),
        test("a_52_two_clients_on_one_page", two_clients),
        test("c_102_no_token_in_a_cookie", no_cookies),
        test("c_20_a_01_a_link_that_names_the_record", names_the_record),
        test("c_90_a_database_that_closes", lost),
    ]
}

fn messages(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let shout = "const shapes = ['changed', 'unchanged', 'error', null, 7, {}, { type: 'logout' }, location.href + '#code=x&state=y',
              { error: 'login_required' }, 'x'.repeat(1 << 20)];
            const frame = document.createElement('iframe'); frame.sandbox = 'allow-scripts'; document.body.append(frame);
            for (let n = 0; n < 1000; n += 1) for (const shape of shapes.slice(0, n ? 9 : 10)) postMessage(shape, '*');
            await new Promise((done) => setTimeout(done, 300)); frame.remove()";
        visit.ask(shout)?;
        ensure!(visit.status()? == "signed_in", "it is {}", visit.status()?);
        ensure!(visit.ask("return page.events")? == json!([]), "it reacts: {}", visit.ask("return page.events")?);
        visit.asked(&client, Endpoint::Token, 1)
    })
}

fn channel(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let name = format!("otrs-auth.{}.session", visit.tag(&client)?);
        let shout = format!(
            "const channel = new BroadcastChannel('{name}');
             const shapes = ['changed', 'logout', null, {{ session: {{ user: 'evil' }} }}, {{ ended: 'logged_out' }}];
             for (let n = 0; n < 2000; n += 1) for (const shape of shapes) channel.postMessage(shape);
             await new Promise((done) => setTimeout(done, 500));
             const began = performance.now();
             await page.session.getToken();
             return performance.now() - began"
        );
        let took = visit.ask(&shout)?.as_f64().unwrap_or(f64::MAX);
        ensure!(took < 3_000.0, "a valid token took {took} ms");
        ensure!(visit.status()? == "signed_in", "it is {}", visit.status()?);
        visit.asked(&client, Endpoint::Token, 1)?;
        pause(500);
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh any more");
        visit.asked(&client, Endpoint::Token, 2)
    })
}

/// Two sessions of one page: what happens to one does not happen to the other.
fn two_clients(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let (client, other) = (world.client(), world.client());
        visit.enter(&other)?;
        visit.enter(&client)?;
        let script = format!(
            "const other = await page.createSession({{ ...page.options, clientId: '{other}', onLoad: 'none' }});
             const before = other.status.name;
             page.ended = []; other.addEventListener('ended', () => page.ended.push('other'));
             session.addEventListener('ended', () => page.ended.push('own'));
             setTimeout(() => session.logout(), 10);
             return before"
        );
        ensure!(visit.ask(&script)? == "signed_in", "the other session is not found");
        visit.is_back()?;
        visit.asked(&client, Endpoint::EndSession, 1)?;
        visit.open(&other, json!({}))?;
        visit.signed_in()?;
        visit.open(&client, json!({}))?;
        visit.is("signed_out")
    })
}

fn no_cookies(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let cookies = visit.ask("return document.cookie")?;
        for (kind, secret) in world.provider.secrets(&client) {
            ensure!(!cookies.as_str().unwrap_or_default().contains(&secret), "the {kind} is in a cookie");
        }
        Ok(())
    })
}

fn names_the_record(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let tag = visit.tag(&client)?;
        let page = visit.page(&client, json!({}));
        let iss = form::encode(&format!("{}/realms/{AGENTS}", world.provider.base));
        visit.receive(&format!("{page}#state=otrs-auth.{tag}.session&code=x&iss={iss}"))?;
        visit.signed_in()?;
        visit.receive(&format!("{page}#state=otrs-auth.{tag}.keys&code=x&iss={iss}"))?;
        visit.signed_in()?;
        visit.open(&client, json!({}))?;
        visit.signed_in()
    })
}

/// The connection is closed under the page, as browsers do to pages in the background.
fn lost(world: &World<'_>) -> Result<()> {
    world.alone(|visit| {
        let client = world.client();
        // Remembers the connection that the package opens.
        visit.open(&client, json!({}))?;
        visit.is("signed_out")?;
        visit.enter(&client)?;
        // What iOS does in the background: the connection is closed under the page.
        visit.ask("const real = IDBDatabase.prototype.transaction; window.lostOnce = true;
            IDBDatabase.prototype.transaction = function (...all) { if (window.lostOnce) { window.lostOnce = false; this.close(); } return real.apply(this, all); }; return 1")?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        // Another tab: uses the record, logs out.
        let first = visit.second_tab(&client)?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh in the other tab");
        let sent: Vec<String> = world.provider.seen(&client, Endpoint::Token).iter().map(|seen| seen.get("refresh_token").to_string()).collect();
        visit.ask("setTimeout(() => session.logout(), 10)")?;
        visit.comes(&client, Endpoint::EndSession, 1)?;
        visit.back_to(&first)?;
        pause(1_000);
        let status = visit.status()?;
        let token = visit.outcome("session.getToken()")?;
        let mut unique = sent.clone(); unique.sort(); unique.dedup();
        ensure!(status == "ended" && unique.len() == sent.len(), "status {status}, token {token}, refresh tokens sent {} of which different {}", sent.len(), unique.len());
        Ok(())
    })
}
