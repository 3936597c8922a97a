//! Keeping the session fresh, and its end.

use super::world::World;
use crate::protocol::ErrorCode;
use crate::protocol::record::{EndReason, Record};
use crate::protocol::secret::AccessToken;
use crate::protocol::session::{Event, Notice, Reply, Status};

fn refused(description: &str) -> Option<(u16, String)> {
    Some((400, format!(r#"{{"error":"invalid_grant","error_description":"{description}"}}"#)))
}

#[test]
fn c_73_many_callers_make_one_request() {
    let mut world = World::signed_in("");
    let waiters: Vec<_> = (0..20).map(|_| world.ask_token(true)).collect();
    world.run();
    assert_eq!(world.tokens_asked(), 1);
    let first = world.settled[&waiters[0]].clone();
    assert!(matches!(first, Ok(Reply::Token(_))));
    assert!(waiters.iter().all(|waiter| world.settled[waiter] == first));
    assert!(!world.locked);
}

#[test]
fn a_valid_token_costs_no_request() {
    let mut world = World::signed_in("");
    for _ in 0..1000 {
        assert!(matches!(world.token(false), Ok(Reply::Token(_))));
    }
    assert_eq!(world.tokens_asked(), 0);
}

#[test]
fn the_timer_is_set_again_for_another_moment_only() {
    let mut world = World::signed_in("");
    world.token(false).expect("a token");
    world.wake = None;
    world.token(false).expect("a token");
    assert_eq!(world.wake, None);
    // It may have slept with the page.
    world.event(Event::Resumed);
    assert!(world.wake.is_some());
}

#[test]
fn asking_for_more_than_a_token_can_give_is_no_storm() {
    let mut world = World::signed_in("");
    for _ in 0..100 {
        let waiter = world.waiter();
        world.event(Event::Token { waiter, min_validity: i64::MAX, fresh: false });
        world.run();
    }
    assert_eq!(world.tokens_asked(), 0);
}

#[test]
fn another_tab_was_faster() {
    let mut first = World::signed_in("");
    let mut second = World::signed_in("");
    second.record = first.record.clone();
    second.reload();
    second.start(None);
    second.asked.clear();
    first.pass(1000);
    second.pass(1000);
    let token = first.token(true);
    second.record = first.record.clone();
    assert_eq!(second.token(true), token);
    assert_eq!(second.tokens_asked(), 0);
}

#[test]
fn ahead_of_expiry_only_while_somebody_is_there() {
    let mut world = World::signed_in("");
    world.pass(400_000);
    assert_eq!(world.tokens_asked(), 0, "nobody is there");
    world.event(Event::Activity);
    world.run();
    assert_eq!(world.tokens_asked(), 1);
    world.event(Event::Activity);
    world.run();
    world.pass(269_000);
    assert_eq!(world.tokens_asked(), 1);
    world.pass(2_000);
    assert_eq!(world.tokens_asked(), 2, "thirty seconds ahead");
}

#[test]
fn c_75_an_outage_is_not_a_logout() {
    let mut world = World::signed_in("");
    world.server.down = true;
    assert_eq!(world.token(true).unwrap_err().code(), ErrorCode::KeycloakUnreachable);
    assert!(!world.session.connected());
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    assert!(matches!(world.token(false), Ok(Reply::Token(_))), "the old token is still good");
    world.pass(290_000 + 20_000);
    let asked = world.tokens_asked();
    assert_eq!(world.token(false).unwrap_err().code(), ErrorCode::KeycloakUnreachable);
    assert!(world.tokens_asked() - asked <= 1);
    // With a waiting user it is tried again, at a measured pace.
    let asked = world.tokens_asked();
    world.pass(60_000);
    let tries = world.tokens_asked() - asked;
    assert!((6..=20).contains(&tries), "{tries} tries in a minute");
    world.server.down = false;
    world.pass(10_000);
    assert!(world.session.connected());
    assert!(matches!(world.token(false), Ok(Reply::Token(_))));
}

/// The page shows that Keycloak is away, and nobody asks any more.
#[test]
fn c_75_a_session_that_was_cut_off_finds_its_way_back_long_before_its_token_is_over() {
    let mut world = World::signed_in("");
    world.server.down = true;
    assert!(world.token(true).is_err());
    world.pass(20_000);
    let tries = world.tokens_asked();
    assert!((3..=8).contains(&tries) && !world.session.connected(), "{tries} tries in 20 s");
    world.server.down = false;
    world.pass(10_000);
    assert!(world.session.connected());
}

#[test]
fn c_75_429_and_5xx_keep_the_session() {
    for (status, code) in [(429, ErrorCode::RateLimited), (503, ErrorCode::ServerError)] {
        let mut world = World::signed_in("");
        world.server.token_answer = Some((status, String::new()));
        assert_eq!(world.token(true).unwrap_err().code(), code);
        assert!(matches!(world.session.status(), Status::SignedIn(_)));
    }
}

#[test]
fn c_74_invalid_grant_ends_it_once_with_the_reason() {
    for (description, reason) in [
        ("User disabled", EndReason::AccountDisabled),
        ("Session not active", EndReason::EndedByKeycloak),
        ("Stale token", EndReason::Revoked),
        ("Maximum allowed refresh token reuse exceeded", EndReason::ReuseDetected),
        ("Token is not active", EndReason::Idle),
        ("Something that a later Keycloak says", EndReason::EndedByKeycloak),
    ] {
        let mut world = World::signed_in("");
        world.server.token_answer = refused(description);
        let waiters = [world.ask_token(true), world.ask_token(false), world.ask_token(true)];
        world.run();
        assert_eq!(world.tokens_asked(), 1);
        assert_eq!(world.code_of(waiters[2]), Some(ErrorCode::SessionEnded));
        assert_eq!(world.session.status(), Status::Ended(reason));
        assert_eq!(world.notices.iter().filter(|notice| **notice == Notice::Ended).count(), 1);
        assert_eq!(world.record.as_deref().and_then(Record::from_text), Some(Record::Ended(reason)));
        assert_eq!(world.token(true).unwrap_err().code(), ErrorCode::SessionEnded);
        assert_eq!(world.tokens_asked(), 1);
        assert!(!world.locked);
    }
}

#[test]
fn other_tabs_learn_the_reason() {
    let mut world = World::signed_in("");
    world.record = Some(Record::ended_text(EndReason::AccountDisabled));
    world.event(Event::RecordChanged);
    world.run();
    assert_eq!(world.session.status(), Status::Ended(EndReason::AccountDisabled));

    let mut world = World::signed_in("");
    world.record = None;
    world.event(Event::RecordChanged);
    world.run();
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
}

#[test]
fn c_72_a_refresh_for_somebody_else_ends_the_session() {
    let mut world = World::signed_in("");
    world.server.claims.push(("sub", r#""u2""#.to_owned()));
    assert!(world.token(true).is_err());
    assert_eq!(world.session.status(), Status::Ended(EndReason::EndedByKeycloak));
}

#[test]
fn c_78_idle_for_too_long_is_the_end_without_asking() {
    let mut world = World::signed_in("");
    world.pass(1_801_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::Idle));
    assert_eq!(world.tokens_asked(), 0);
}

#[test]
fn c_84_a_401_makes_one_refresh_and_no_storm() {
    let mut world = World::signed_in("");
    let Ok(Reply::Token(token)) = world.token(false) else { panic!() };
    world.pass(20_000);
    let waiters: Vec<_> = (0..5).map(|_| world.waiter()).collect();
    for waiter in &waiters {
        world.event(Event::Unauthorized { waiter: *waiter, token: token.clone() });
    }
    world.run();
    assert_eq!(world.tokens_asked(), 1);
    let Ok(Reply::Token(other)) = world.settled[&waiters[0]].clone() else { panic!() };
    assert_ne!(other, token);
    let waiter = world.waiter();
    world.event(Event::Unauthorized { waiter, token: other });
    world.run();
    assert_eq!(world.settled[&waiter], Ok(Reply::Unchanged));
    let waiter = world.waiter();
    world.event(Event::Unauthorized { waiter, token: AccessToken::new("an older one") });
    world.run();
    assert!(matches!(world.settled[&waiter], Ok(Reply::Token(_))));
    assert_eq!(world.tokens_asked(), 1);
}

#[test]
fn roles_taken_away_take_the_access_away() {
    let mut world = World::signed_in("");
    world.server.roles = "[]";
    assert_eq!(world.token(true).unwrap_err().code(), ErrorCode::RoleMissing);
    assert!(matches!(world.session.status(), Status::NoAccess(..)));
}
