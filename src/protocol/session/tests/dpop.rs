//! Proofs of possession (RFC 9449): refresh tokens, or all tokens, bound to a key of this browser.

use super::world::{PAGE, START, World};
use crate::protocol::dpop::thumbprint;
use crate::protocol::encoding::{base64url, parse_form, sha256};
use crate::protocol::fields::Fields;
use crate::protocol::record::{EndReason, Record};
use crate::protocol::session::{Asked, Effect, Event, Reply, Status};
use crate::protocol::{AuthError, ErrorCode};

const REFRESH: &str = r#","dpop":"refresh""#;
const HOUR: i64 = 3_600_000;

/// Like [`World::signed_in`], once the world is as wanted.
fn login(options: &str, prepare: impl FnOnce(&mut World)) -> (World, Result<Reply, AuthError>) {
    let mut world = World::new(options);
    world.server.proofs.demanded = true;
    prepare(&mut world);
    let waiter = world.log_in_once();
    let result = world.settled.get(&waiter).cloned().expect("settled");
    (world, result)
}

fn signed_in(options: &str, prepare: impl FnOnce(&mut World)) -> World {
    let (world, result) = login(options, prepare);
    assert_eq!(result, Ok(Reply::Done));
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    world
}

fn code(result: Result<Reply, AuthError>) -> Option<ErrorCode> {
    result.err().map(|problem| problem.code())
}

/// Why each proof was refused, empty where it was not.
fn verdicts(world: &World) -> Vec<&'static str> {
    world.server.proofs.seen.iter().map(|(_, problem)| *problem).collect()
}

fn record_field(world: &World, name: &str) -> String {
    match world.record.as_deref().and_then(Record::from_text) {
        Some(Record::Live(tokens)) => tokens.text(name).to_owned(),
        _ => String::new(),
    }
}

#[test]
fn c_103_off_asks_for_nothing_and_sends_nothing() {
    for options in ["", r#","dpop":"off""#] {
        let mut world = World::signed_in(options);
        assert!(matches!(world.token(true), Ok(Reply::Token(_))));
        assert!(!world.left[0].contains("dpop"));
        assert_eq!(world.asked, [Asked::Tokens]);
        assert_eq!((world.keys_made, world.server.proofs.seen.len()), (0, 0));
        assert_eq!(record_field(&world, "key"), "");
    }
}

#[test]
fn c_103_one_key_from_the_request_to_the_last_refresh() {
    let mut world = signed_in(REFRESH, |_| {});
    let query = parse_form(world.left[0].split_once('?').unwrap().1).unwrap();
    let key = record_field(&world, "key");
    let named: Vec<_> = query.iter().filter(|(name, _)| name == "dpop_jkt").collect();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0].1, thumbprint(&key));
    for _ in 0..3 {
        assert!(matches!(world.token(true), Ok(Reply::Token(_))));
        world.reload();
        world.start(None);
    }
    assert_eq!((world.keys_made, verdicts(&world)), (1, vec!["", "", "", ""]));
    assert!(world.server.proofs.seen.iter().all(|(proof, _)| proof.key == key && proof.claim("ath").is_empty()));
}

#[test]
fn c_103_the_key_and_the_time_cost_no_wait_of_their_own() {
    let mut world = World::new(REFRESH);
    let (waiter, entropy) = (world.waiter(), world.entropy());
    world.start(None);
    world.event(Event::Login { waiter, options: Fields::default(), page: PAGE.to_owned(), entropy });
    let under_way: Vec<_> = world.pending.iter().map(std::mem::discriminant).collect();
    assert_eq!(under_way.len(), 4, "metadata, keys, the key, the time: all at once");
    assert!(world.pending.iter().any(|effect| matches!(effect, Effect::MakeKey(_))));
    assert!(world.pending.iter().any(|effect| matches!(effect, Effect::Send(_, Asked::Time, _))));
}

#[test]
fn c_103_a_clock_that_is_wrong_by_an_hour_needs_no_second_try() {
    for ahead in [HOUR, -HOUR, 26_000, -16_000, 0] {
        let mut world = signed_in(REFRESH, |world| world.server.ahead = ahead);
        assert!(matches!(world.token(true), Ok(Reply::Token(_))), "{ahead}");
        world.reload();
        world.start(None);
        assert!(matches!(world.token(true), Ok(Reply::Token(_))), "{ahead}");
        assert_eq!(verdicts(&world), ["", "", ""], "{ahead}");
    }
}

#[test]
fn c_103_a_clock_that_is_set_during_the_session_costs_one_more_request() {
    for set in [HOUR, -HOUR] {
        let mut world = signed_in(REFRESH, |_| {});
        world.server.proofs.seen.clear();
        world.server.ahead = set;
        assert!(matches!(world.token(true), Ok(Reply::Token(_))));
        assert_eq!(verdicts(&world), ["DPoP proof is not active", ""]);
        assert!(matches!(world.token(true), Ok(Reply::Token(_))));
        assert_eq!(verdicts(&world), ["DPoP proof is not active", "", ""], "the new time is remembered");
    }
}

#[test]
fn c_103_a_page_server_with_a_wrong_clock_locks_nobody_out() {
    for wrong in [HOUR, -HOUR] {
        let world = signed_in(REFRESH, |world| world.page_time = Some(wrong));
        assert_eq!(verdicts(&world), ["DPoP proof is not active", ""], "this computer is right");
    }
    let world = signed_in(REFRESH, |world| world.page_time = None);
    assert_eq!(verdicts(&world), [""]);
}

#[test]
fn c_103_a_proof_is_put_right_once() {
    let (mut world, result) = login(REFRESH, |world| (world.server.ahead, world.page_time) = (HOUR, None));
    assert_eq!(code(result), Some(ErrorCode::DpopProofRefused));
    assert_eq!(verdicts(&world), ["DPoP proof is not active"; 2]);
    world.run();
    assert_eq!(world.asked.iter().filter(|asked| **asked == Asked::Time).count(), 2, "at the departure, and once more");
}

#[test]
fn c_103_a_nonce_is_remembered_and_asked_for_once() {
    let mut world = signed_in(REFRESH, |world| world.server.proofs.nonce = "first");
    assert_eq!(verdicts(&world), ["nonce", ""]);
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
    assert_eq!(verdicts(&world), ["nonce", "", ""], "of the answer before");
    world.server.proofs.nonce = "second";
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
    assert_eq!(verdicts(&world), ["nonce", "", "", "nonce", ""]);
}

#[test]
fn c_103_a_server_that_is_never_content_gets_two_tries() {
    let refusal = Some((400, r#"{"error":"use_dpop_nonce"}"#.to_owned()));
    let (world, result) = login(REFRESH, |world| {
        world.server.proofs.nonce = "n";
        world.server.token_answer = refusal;
    });
    assert_eq!(code(result), Some(ErrorCode::DpopProofRefused));
    assert_eq!(world.server.proofs.seen.len(), 2);
    // Nonce and time may both be wrong, each is put right once.
    let world = signed_in(REFRESH, |world| {
        world.server.proofs.nonce = "n";
        world.page_time = Some(HOUR);
    });
    assert_eq!(verdicts(&world), ["nonce", "DPoP proof is not active", ""]);
}

#[test]
fn c_103_a_refused_proof_is_no_end_of_the_session() {
    let mut world = signed_in(REFRESH, |_| {});
    (world.server.ahead, world.page_time) = (HOUR, None);
    assert!(matches!(world.token(false), Ok(Reply::Token(_))), "the old one is still good");
    assert_eq!(code(world.token(true)), Some(ErrorCode::DpopProofRefused));
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    world.page_time = Some(0);
    world.pass(10_000);
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
}

#[test]
fn c_103_a_lost_key_ends_the_session_and_the_next_login_makes_another() {
    let mut world = signed_in(REFRESH, |_| {});
    world.keyless = true;
    assert_eq!(code(world.token(true)), Some(ErrorCode::SessionEnded));
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
    assert_eq!(world.server.proofs.seen.len(), 1, "nothing is sent without its proof");
    world.keyless = false;
    world.left.clear();
    world.reload();
    let waiter = world.log_in_once();
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.keys_made, 2);
}

#[test]
fn c_103_a_key_that_is_lost_on_the_way_is_told() {
    let mut world = World::new(REFRESH);
    world.start(None);
    world.log_in(&[]);
    let callback = world.callback();
    world.keyless = true;
    world.reload();
    let waiter = world.start(Some(&callback));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::DpopKeyLost));
    assert_eq!(world.server.proofs.seen.len(), 0);
}

#[test]
fn c_103_a_browser_without_keys_does_not_leave() {
    let mut world = World::new(REFRESH);
    world.keyless = true;
    world.start(None);
    let waiter = world.log_in(&[]);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::DpopUnavailable));
    assert!(world.left.is_empty());
}

#[test]
fn c_42_c_103_each_mismatch_of_mode_and_realm_has_its_error() {
    let refused = |options: &str, prepare: fn(&mut World)| code(login(options, prepare).1);
    let full = r#","dpop":"full""#;
    assert_eq!(refused("", |_| {}), Some(ErrorCode::TokenTypeRefused));
    assert_eq!(
        refused(REFRESH, |world| world.server.proofs.token_type = "DPoP"),
        Some(ErrorCode::DpopAccessTokenBound)
    );
    assert_eq!(refused(full, |_| {}), Some(ErrorCode::DpopAccessTokenUnbound));
    assert_eq!(refused(full, |world| world.server.proofs.token_type = "DPoP"), None);
    assert_eq!(refused(REFRESH, |_| {}), None);
}

#[test]
fn c_103_a_server_without_proofs_is_found_before_anybody_leaves() {
    let mut world = World::new(REFRESH);
    world.server.proofs.unknown = true;
    world.start(None);
    let waiter = world.log_in(&[]);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::DpopUnsupported));
    assert!(world.left.is_empty());
}

#[test]
fn c_103_an_abandoned_login_takes_no_key_away() {
    let mut world = signed_in(REFRESH, |_| {});
    let key = record_field(&world, "key");
    world.log_in(&[]);
    assert_eq!((world.keys_made, world.left.len()), (2, 2));
    // The user comes back by the Back button, or never left in another tab.
    world.reload();
    world.start(None);
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
    assert_eq!(record_field(&world, "key"), key);
    assert_eq!(verdicts(&world), ["", ""]);
}

#[test]
fn c_103_a_login_of_another_tab_brings_its_key() {
    let mut world = signed_in(REFRESH, |_| {});
    let first = world.record.clone();
    let other = signed_in(REFRESH, |world| world.keys_made = 7);
    let key = record_field(&other, "key");
    assert_ne!(record_field(&world, "key"), key);
    // Both of the same user at the same server: the later record counts, in the tab with the earlier one, too.
    other.record.clone_into(&mut world.record);
    world.server.proofs.bound.clone_from(&key);
    world.now = other.now;
    assert_ne!(first, world.record);
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
    world.pass(200_000);
    assert!(matches!(world.token(true), Ok(Reply::Token(_))));
    assert_eq!(record_field(&world, "key"), key);
    assert!(verdicts(&world).iter().all(|problem| problem.is_empty()));
}

#[test]
fn c_103_nothing_goes_out_again_once_the_user_logged_out() {
    let mut world = signed_in(REFRESH, |_| {});
    world.ask_token(true);
    world.run_to(|effect| matches!(effect, Effect::Prove(..)));
    let request = world.hold(|effect| matches!(effect, Effect::Prove(..)));
    world.server.proofs.nonce = "new";
    world.log_out();
    world.server.proofs.seen.clear();
    world.finish(request);
    world.run();
    assert_eq!(verdicts(&world), ["nonce"], "the one that was on its way");
    assert_eq!(world.record, None);
}

#[test]
fn c_103_sessions_of_different_modes_do_not_meet() {
    let mut tags: Vec<String> =
        ["off", "refresh", "full"].map(|mode| super::world::config(&format!(r#","dpop":"{mode}""#)).tag()).to_vec();
    assert_eq!(tags[0], super::world::config("").tag());
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

#[test]
fn c_103_a_call_of_the_api_is_proved_by_method_address_and_token() {
    let world = signed_in(r#","dpop":"full""#, |world| {
        world.server.proofs.token_type = "DPoP";
        world.server.ahead = HOUR;
    });
    let proof = world.session.api_proof("PATCH", "https://api.example.com/t/1?x=1#y", "token", "n", world.now).unwrap();
    assert_eq!(proof.claim("htu"), "https://api.example.com/t/1");
    assert_eq!((proof.claim("htm"), proof.claim("nonce")), ("PATCH".to_owned(), "n".to_owned()));
    assert_eq!(proof.claim("ath"), base64url(&sha256(b"token")));
    assert_eq!(proof.key, record_field(&world, "key"));
    assert_eq!(proof.claim("iat"), ((START + HOUR) / 1000).to_string());
}
