//! Leaving for Keycloak, or finding out why not.

use super::world::{ISSUER, PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::attempt::Attempt;
use crate::protocol::session::{Asked, Effect, Event, Framed, Reply, Status};

#[test]
fn a_dead_keycloak_is_told_and_not_navigated_to() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.server.down = true;
    let waiter = world.start(None);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable));
    assert!(world.left.is_empty());
    assert!(world.asked.contains(&Asked::Reach));
}

#[test]
fn a_74_what_cannot_be_read_is_told_apart() {
    use Asked::{Keys, Metadata, Reach};
    for (unreadable, code) in [
        // Another realm is there.
        (vec![Metadata, Keys], ErrorCode::RealmNotFound),
        // A proxy that answers for everything behind it.
        (vec![Metadata, Keys, Reach], ErrorCode::KeycloakUnreachable),
        // Half of the realm is there.
        (vec![Metadata], ErrorCode::KeycloakUnreachable),
        (vec![Keys], ErrorCode::KeycloakUnreachable),
    ] {
        let mut world = World::new(r#","onLoad":"login""#);
        world.server.unreadable = unreadable.clone();
        let waiter = world.start(None);
        assert_eq!(world.code_of(waiter), Some(code), "{unreadable:?}");
        assert!(world.left.is_empty());
    }
}

/// What can be read may come last.
#[test]
fn a_74_a_realm_of_which_half_is_late_is_not_taken_for_missing() {
    for late in [Asked::Keys, Asked::Metadata] {
        let mut world = World::new(r#","onLoad":"login""#);
        world.server.unreadable = vec![if late == Asked::Keys { Asked::Metadata } else { Asked::Keys }];
        let waiter = world.begin(None);
        while let Some(place) =
            world.pending.iter().position(|effect| !matches!(effect, Effect::Send(_, asked, _) if *asked == late))
        {
            let effect = world.pending.remove(place).unwrap();
            world.finish(effect);
        }
        assert_eq!(world.code_of(waiter), None, "it is told before {late:?} is here");
        world.run();
        assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable), "{late:?}");
    }
}

#[test]
fn a_100_nobody_signs_in_inside_a_page_of_another_origin() {
    for (option, left) in [("", 0), (r#","allowFraming":true"#, 1)] {
        let mut world = World::new(&format!(r#","onLoad":"login"{option}"#));
        world.in_frame = true;
        let waiter = world.start(None);
        assert_eq!(world.left.len(), left);
        assert_eq!(world.code_of(waiter), (left == 0).then_some(ErrorCode::PageFramed));
        assert_eq!(world.asked.is_empty(), left == 0);
    }
}

#[test]
fn c_12_c_14_each_attempt_is_its_own_and_tells_nothing() {
    let mut world = World::new(r#","onLoad":"login""#);
    let mut seen: Vec<[String; 3]> = Vec::new();
    for _ in 0..2 {
        world.reload();
        world.start(None);
        let (state, text) = world.attempts.iter().next().unwrap();
        let attempt = Attempt::from_text(text).unwrap();
        // 256 bits after the namespace and the time, and nothing of the page.
        assert_eq!(state.rsplit('.').next().unwrap().len(), 43);
        assert!(!state.contains("example") && !state.contains("ticket"));
        for (name, value) in [("issuer", ISSUER), ("client_id", "otrs-app"), ("return_to", PAGE)] {
            assert_eq!(attempt.get(name), value);
        }
        assert!(!attempt.get("redirect_uri").is_empty() && attempt.is_fresh(world.now.wall));
        let own = [state.as_str(), attempt.get("verifier"), attempt.get("nonce")].map(str::to_owned);
        assert!(seen.iter().all(|before| before.iter().zip(&own).all(|(before, own)| before != own)));
        seen.push(own);
        // The request shows the state and the challenge, never the verifier.
        let left = world.left.last().unwrap();
        assert!(
            left.contains(state.as_str()) && !left.contains(&format!("code_challenge={}", attempt.get("verifier")))
        );
        world.attempts.clear();
    }
}

#[test]
fn a_connection_for_the_form_is_opened_while_a_login_looks_around() {
    let mut world = World::new("");
    world.start(None);
    assert!(world.connected.is_empty());
    world.log_in(&[]);
    assert_eq!(world.connected, [ISSUER.split_once("/realms/").unwrap().0]);
}

#[test]
fn at_most_two_automatic_navigations_in_a_row() {
    let mut world = World::new(r#","onLoad":"login""#);
    for _ in 0..2 {
        world.reload();
        world.start(None);
    }
    assert_eq!(world.left.len(), 2);
    world.reload();
    let waiter = world.start(None);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::LoginLoop));
    assert_eq!(world.left.len(), 2);
}

#[test]
fn navigations_of_an_hour_ago_are_no_loop() {
    let mut world = World::new(r#","onLoad":"login""#);
    for left in 1..=3 {
        world.reload();
        world.start(None);
        assert_eq!(world.left.len(), left);
        world.pass(3_600_000);
    }
}

#[test]
fn without_a_memory_nothing_navigates_by_itself() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.navigations = None;
    let waiter = world.start(None);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::StorageUnavailable));
    assert!(world.left.is_empty());
}

#[test]
fn a_refused_redirect_uri_is_found_when_the_user_comes_back() {
    // By a page that woke up as it was.
    let mut world = World::new(r#","onLoad":"login""#);
    let waiter = world.start(None);
    world.framed = Framed::Stayed;
    let entropy = world.entropy();
    world.event(Event::Restored { entropy });
    world.run();
    assert_eq!(world.code_of(waiter), Some(ErrorCode::RedirectUriRefused));
    // By a page that was loaded again.
    world.reload();
    let waiter = world.start(None);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::RedirectUriRefused));
    assert_eq!(world.left.len(), 1);
}

#[test]
fn pressing_back_on_the_login_form_is_no_error() {
    let mut world = World::new(r#","onLoad":"login""#);
    let waiter = world.start(None);
    let entropy = world.entropy();
    world.event(Event::Restored { entropy });
    world.run();
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.session.status(), Status::SignedOut);
    assert_eq!(world.left.len(), 1);
}

#[test]
fn a_browser_that_does_not_leave_is_noticed() {
    let mut world = World::new(r#","onLoad":"login""#);
    let waiter = world.start(None);
    assert!(!world.settled.contains_key(&waiter));
    world.pass(15_000);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::NavigationFailed));
}

#[test]
fn attempts_that_nobody_comes_back_to_are_forgotten() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let first = world.attempts.keys().next().unwrap().clone();
    world.pass(3_600_000);
    world.reload();
    world.start(None);
    assert_eq!(world.attempts.len(), 2);
    world.pass(3_700_000);
    world.navigations = Some(Default::default());
    world.reload();
    world.start(None);
    assert_eq!(world.attempts.len(), 2);
    assert!(!world.attempts.contains_key(&first));
}

#[test]
fn check_asks_once_per_tab() {
    let mut world = World::new(r#","onLoad":"check""#);
    world.start(None);
    assert!(world.left[0].contains("prompt=none"));
    let answer = world.callback().replace("code=c", "error=login_required");
    world.reload();
    let waiter = world.start(Some(&answer));
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.session.status(), Status::SignedOut);
    world.reload();
    let waiter = world.start(None);
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.left.len(), 1);
}

#[test]
fn check_lets_the_page_work_without_keycloak() {
    let mut world = World::new(r#","onLoad":"check""#);
    world.server.down = true;
    let waiter = world.start(None);
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(!world.session.connected());
}
