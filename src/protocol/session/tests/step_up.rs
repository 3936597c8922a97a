//! Logins that ask for more than a password once, and required actions.

use super::world::{START, World};
use crate::protocol::ErrorCode;
use crate::protocol::session::{Notice, Status, Waiter};

/// A login with these options, there and back.
fn log_in(world: &mut World, given: &[(&str, &str)]) -> Waiter {
    world.log_in(given);
    let callback = world.callback();
    world.reload();
    world.start(Some(&callback))
}

#[test]
fn c_58_a_step_up_demands_what_was_asked_for() {
    let asked = [("acr", "gold platinum"), ("maxAge", "60")];
    let age = |seconds: i64| ("auth_time", (START / 1000 - seconds).to_string());
    for (claims, right) in [
        (vec![("acr", r#""gold""#.to_owned()), age(30)], true),
        (vec![("acr", r#""silver""#.to_owned()), age(30)], false),
        (vec![age(30)], false),
        (vec![("acr", r#""gold""#.to_owned()), age(300)], false),
        (vec![("acr", r#""gold""#.to_owned())], false),
    ] {
        let mut world = World::new("");
        world.start(None);
        world.server.claims.clone_from(&claims);
        let waiter = log_in(&mut world, &asked);
        let expected = if right { None } else { Some(ErrorCode::IdTokenAuthentication) };
        assert_eq!(world.code_of(waiter), expected, "{claims:?}");
        // Nothing is asked of those that follow.
        world.server.claims = vec![("auth_time", age(30).1)];
        assert_eq!(world.token(true).is_ok(), right);
    }
}

/// `kc_action`: how it ended is told to the page that the user comes back to, once.
#[test]
fn the_end_of_a_required_action_reaches_the_page_that_asked_for_it() {
    for (word, letter) in [("success", b's'), ("cancelled", b'c'), ("error", b'e')] {
        let mut world = World::new("");
        world.start(None);
        world.log_in(&[("action", "UPDATE_PASSWORD"), ("returnTo", "https://desk.example.com/agent/profile")]);
        let callback = format!("{}&kc_action_status={word}", world.callback());
        world.reload();
        world.start(Some(&callback));
        assert_eq!(world.replaced.len(), 1);
        world.reload();
        world.start(None);
        assert_eq!(world.session.action(), letter);
        world.reload();
        world.start(None);
        assert_eq!(world.session.action(), 0);
    }
}

fn refused() -> Option<(u16, String)> {
    Some((400, r#"{"error":"invalid_grant","error_description":"Code not valid"}"#.to_owned()))
}

/// The session of before is not what was asked for, and is not passed off as it.
#[test]
fn c_58_a_step_up_whose_code_is_refused_is_no_success() {
    for given in [("acr", "gold"), ("maxAge", "60"), ("action", "UPDATE_PASSWORD")] {
        let mut world = World::signed_in("");
        world.server.token_answer = refused();
        let waiter = log_in(&mut world, &[given]);
        world.pass(100);
        let told = world
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::Error(error) if error.code() == ErrorCode::CodeRefused));
        assert!(told || world.code_of(waiter).is_some(), "{given:?}: nobody was told");
        assert!(matches!(world.session.status(), Status::SignedIn(_)), "the session of before is gone");
    }
    // Somebody who only wanted a session has one.
    let mut world = World::signed_in("");
    world.server.token_answer = refused();
    log_in(&mut world, &[]);
    world.pass(100);
    assert!(!world.notices.iter().any(|notice| matches!(notice, Notice::Error(_))));
}

/// Asked once more without it, Keycloak would sign in as before.
#[test]
fn c_58_a_step_up_that_timed_out_is_not_tried_again_without_what_it_was_for() {
    let mut world = World::new("");
    world.start(None);
    world.log_in(&[("acr", "gold")]);
    let callback = world.callback();
    let state = callback.split('&').find(|part| part.starts_with("state=")).unwrap();
    let issuer = callback.split('&').find(|part| part.starts_with("iss=")).unwrap();
    let expired = format!("error=temporarily_unavailable&error_description=authentication_expired&{state}&{issuer}");
    world.reload();
    let left = world.left.len();
    let waiter = world.start(Some(&expired));
    assert_eq!(world.left.len(), left, "it went again by itself");
    assert_eq!(world.code_of(waiter), Some(ErrorCode::LoginInterrupted));
}

/// A computer whose clock is fast: whoever gave the password just now did so.
#[test]
fn c_58_the_age_of_a_login_goes_by_the_servers_clock() {
    let mut world = World::new("");
    world.server.ahead = -50_000;
    world.start(None);
    world.server.claims = vec![("auth_time", ((START - 70_000) / 1000).to_string())];
    let waiter = log_in(&mut world, &[("maxAge", "0")]);
    assert_eq!(world.code_of(waiter), None);
}
