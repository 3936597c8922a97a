//! Answers in the address bar: forged, crossed, doubled, replayed. What is wrong about one is found before any
//! request, and never disturbs a session or a login that is under way.

use anyhow::{Result, ensure};
use serde_json::json;
use std::sync::Arc;

use crate::form;
use crate::provider::{Endpoint, Pairs};
use crate::world::{AGENTS, CUSTOMERS, World};
use crate::{Engines, Test};

type Change = fn(&mut Pairs);

fn set(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.retain(|(own, _)| own != name);
    pairs.push((name.into(), value.into()));
}

fn change(pairs: &mut Pairs, name: &str, change: impl Fn(&str) -> String) {
    for (_, value) in pairs.iter_mut().filter(|(own, _)| own == name) {
        *value = change(value);
    }
}

fn add(pairs: &mut Pairs, name: &str, value: &str) {
    pairs.push((name.into(), value.into()));
}

/// As an error, which has no code.
fn error(pairs: &mut Pairs, error: &str) {
    pairs.retain(|(own, _)| own != "code");
    add(pairs, "error", error);
}

/// What the provider answers a login that began here, and the code that it is refused with.
const ANSWERS: &[(&str, &str, Change)] = &[
    ("c_22_iss_of_the_other_realm", "callback_issuer_mismatch", |p| change(p, "iss", |s| s.replace(AGENTS, CUSTOMERS))),
    ("c_22_iss_with_a_slash", "callback_issuer_mismatch", |p| change(p, "iss", |s| format!("{s}/"))),
    ("c_22_iss_in_capitals", "callback_issuer_mismatch", |p| change(p, "iss", |s| s.replace("localhost", "LOCALHOST"))),
    ("c_22_iss_encoded_twice", "callback_issuer_mismatch", |p| change(p, "iss", form::encode)),
    ("c_22_iss_empty", "callback_issuer_mismatch", |p| set(p, "iss", "")),
    ("c_23_iss_missing", "callback_issuer_missing", |p| p.retain(|(name, _)| name != "iss")),
    ("c_25_error_without_iss", "callback_issuer_missing", |p| {
        error(p, "access_denied");
        p.retain(|(name, _)| name != "iss");
    }),
    ("c_25_error_of_the_other_realm", "callback_issuer_mismatch", |p| {
        error(p, "access_denied");
        change(p, "iss", |s| s.replace(AGENTS, CUSTOMERS));
    }),
    ("c_26_two_codes", "callback_malformed", |p| add(p, "code", "other")),
    ("c_26_two_states", "callback_malformed", |p| add(p, "state", "other")),
    ("c_26_two_iss", "callback_malformed", |p| {
        let iss = p.iter().find(|(name, _)| name == "iss").unwrap().1.clone();
        add(p, "iss", &iss);
    }),
    ("c_26_two_errors", "callback_malformed", |p| {
        error(p, "access_denied");
        add(p, "error", "login_required");
    }),
    ("c_26_two_session_states", "callback_malformed", |p| add(p, "session_state", "s-2")),
    ("c_26_code_and_error", "callback_malformed", |p| add(p, "error", "access_denied")),
    ("c_26_neither_code_nor_error", "callback_malformed", |p| p.retain(|(name, _)| name != "code")),
    ("c_27_access_token", "callback_malformed", |p| add(p, "access_token", "x.y.z")),
    ("c_27_id_token", "callback_malformed", |p| add(p, "id_token", "x.y.z")),
    ("c_27_refresh_token", "callback_malformed", |p| add(p, "refresh_token", "x")),
    ("a_07_not_utf_8", "callback_malformed", |p| set(p, "session_state", "\0%ff%fe")),
    ("a_07_half_an_escape", "callback_malformed", |p| set(p, "session_state", "\0%4")),
    ("a_07_nul_in_the_code", "code_refused", |p| set(p, "code", "\0%00")),
    ("a_07_code_empty", "callback_malformed", |p| set(p, "code", "")),
    ("a_03_code_of_nobody", "code_refused", |p| set(p, "code", "AAAA")),
    ("c_30_access_denied", "login_denied", |p| error(p, "access_denied")),
    ("c_30_hostile_description", "login_refused", |p| {
        error(p, "<script>alert(1)</script>");
        add(p, "error_description", &"<img src=x onerror=alert(1)>".repeat(100));
        add(p, "error_uri", "javascript:alert(1)");
    }),
    ("c_30_hostile_name", "login_refused", |p| error(p, "\u{202e}\u{0}\n../../")),
];

/// What is odd and right.
const ACCEPTED: &[(&str, Change)] = &[
    ("c_27_unknown_parameters", |p| {
        add(p, "code[]", "x");
        add(p, "surprise", "1");
        add(p, "surprise", "2");
    }),
    ("c_27_without_session_state", |p| p.retain(|(name, _)| name != "session_state")),
];

pub fn tests() -> Vec<Test> {
    let mut all = Vec::new();
    for (name, code, change) in ANSWERS {
        let run = |world: &World<'_>| refused(world, code, *change);
        all.push(Test { name: format!("callback_{name}"), engines: Engines::InTurn, run: Box::new(run) });
    }
    for (name, change) in ACCEPTED {
        let run = |world: &World<'_>| accepted(world, *change);
        all.push(Test { name: format!("callback_{name}"), engines: Engines::InTurn, run: Box::new(run) });
    }
    all
}

fn refused(world: &World<'_>, code: &str, change: Change) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.callback = Some(Arc::new(change)));
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused(code)?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, usize::from(code == "code_refused"))?;
        visit.asked(&client, Endpoint::Authorization, 1)?;
        // C-30: what the server says about itself is short and plain.
        let shown = visit
            .ask("return page.error.message + page.error.subject + page.error.remedy + JSON.stringify(page.error)")?;
        let shown = shown.as_str().unwrap_or_default();
        ensure!(!shown.contains('<') && !shown.contains("onerror") && shown.len() < 2_000, "it shows {shown}");
        Ok(())
    })
}

fn accepted(world: &World<'_>, change: Change) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| faults.callback = Some(Arc::new(change)));
        visit.enter(&client)?;
        visit.is_clean()?;
        visit.asked(&client, Endpoint::Token, 1)
    })
}
