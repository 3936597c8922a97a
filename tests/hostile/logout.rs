//! The end of a session (C-90 to C-99).

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Test;
use crate::provider::{Endpoint, Fault};
use crate::test;
use crate::world::{AGENTS, Visit, World, pause};

pub fn tests() -> Vec<Test> {
    vec![
        test("c_90_wiped_first_whatever_the_server_does", wiped),
        test("c_90_c_94_in_all_tabs_once", all_tabs),
        test("c_91_what_the_request_says", request),
        test("c_92_another_state_or_none", other_state),
        test("c_94_a_double_click", double_click),
        test("c_90_a_listener_that_closes_the_session", closes),
    ]
}

fn log_out(visit: &Visit<'_>) -> Result<()> {
    visit.ask("setTimeout(() => session.logout(), 10)").map(drop)
}

fn wiped(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for fault in [Fault::status(500, "text/html", "oops"), Fault::Slow(2_000)] {
            let client = world.client();
            visit.enter(&client)?;
            world.provider.be(|faults| {
                faults.answers.insert(Endpoint::EndSession, fault);
            });
            // In one go: the page is about to be left.
            let code = visit.outcome("(session.logout(), session.getToken())")?;
            ensure!(code == "session_ended", "a token after the log-out: {code}");
            visit.comes(&client, Endpoint::EndSession, 1)?;
            let requests = visit.count(&client, Endpoint::Token);
            visit.open(&client, json!({}))?;
            visit.is("signed_out")?;
            let code = visit.outcome("session.getToken()")?;
            ensure!(code == "not_signed_in", "not not_signed_in but {code}");
            visit.asked(&client, Endpoint::Token, requests)?;
        }
        Ok(())
    })
}

fn all_tabs(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let first = visit.second_tab(&client)?;
        log_out(visit)?;
        visit.comes(&client, Endpoint::EndSession, 1)?;
        visit.back_to(&first)?;
        visit.hears_the_end()?;
        ensure!(visit.outcome("session.getToken()")? == "session_ended", "a token after the log-out");
        ensure!(visit.outcome("session.logout()")? == "ok", "a second log-out is an error");
        pause(300);
        visit.asked(&client, Endpoint::EndSession, 1)?;
        visit.asked(&client, Endpoint::Token, 1)
    })
}

fn request(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        log_out(visit)?;
        visit.is_back()?;
        visit.is_clean()?;
        ensure!(visit.ask("return session.status.reason")? == "logged_out", "no reason");
        let seen = world.provider.seen(&client, Endpoint::EndSession).remove(0);
        let id_token = world.provider.secrets(&client).into_iter().find(|(kind, _)| kind == "id_token");
        ensure!(seen.get("id_token_hint") == id_token.map(|(_, token)| token).unwrap_or_default(), "no hint");
        ensure!(
            seen.get("post_logout_redirect_uri") == visit.page(&client, json!({ "onLoad": "login" })),
            "another URI"
        );
        ensure!(seen.get("state").starts_with("otrs-auth.") && seen.get("state").len() > 60, "no state");
        ensure!(seen.realm == AGENTS, "another realm");
        ensure!(seen.parameters.len() == 4, "more parameters: {}", seen.parameters.len());
        Ok(())
    })
}

fn other_state(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let tag = visit.tag(&client)?;
        let page = visit.page(&client, json!({}));
        // A session is not disturbed by an answer that nobody asked for.
        for address in [page.clone(), format!("{page}?state=other"), format!("{page}?state=otrs-auth.{tag}.1.x")] {
            visit.receive(&address)?;
            visit.signed_in()?;
        }
        log_out(visit)?;
        visit.is_back()?;
        // And without one the page still answers.
        visit.receive(&page)?;
        visit.is("signed_out")?;
        visit.receive(&format!("{page}?state=otrs-auth.{tag}.1.x"))?;
        visit.refused("callback_unsolicited")?;
        visit.is_clean()
    })
}

fn double_click(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        visit.ask("setTimeout(() => { session.logout(); session.logout(); session.logout(); }, 10)")?;
        visit.is_back()?;
        visit.asked(&client, Endpoint::EndSession, 1)
    })
}

/// The listener hears of it when the log-out is well under way.
fn closes(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        let code = visit.ask("session.addEventListener('ended', () => session.close());
            return await Promise.race([session.logout().then(() => 'done', (e) => e.code), new Promise((f) => setTimeout(f, 3000, 'left'))])");
        pause(2_000);
        ensure!(visit.count(&client, Endpoint::EndSession) == 1, "Keycloak was not asked to end the session: {code:?}");
        Ok(())
    })
}
