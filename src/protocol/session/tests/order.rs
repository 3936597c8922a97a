//! What comes late, twice, or between two other things.

use super::world::{PAGE, World};
use crate::protocol::fields::Fields;
use crate::protocol::http::NetworkFailure;
use crate::protocol::record::{EndReason, Record};
use crate::protocol::session::*;

fn reload_at(world: &mut World, page: &str, callback: Option<String>) -> Waiter {
    world.reload();
    let (waiter, entropy, navigations) = (world.waiter(), world.entropy(), world.navigations);
    world.event(Event::Start { waiter, callback, page: page.to_owned(), entropy, navigations, framed: false });
    world.run();
    waiter
}

/// memory + onLoad login on a page that is not the redirect URI
#[test]
fn memory_session_does_not_log_in_for_ever() {
    for options in [r#","onLoad":"login","storage":"memory""#, r#","onLoad":"check","storage":"memory""#] {
        let mut world = World::new(options);
        let page = "https://desk.example.com/agent/?TicketID=42";
        for _ in 0..10 {
            let before = world.left.len();
            reload_at(&mut world, page, None);
            if world.left.len() == before {
                break;
            }
            let callback = world.callback();
            let back = world.replaced.len();
            reload_at(&mut world, PAGE, Some(callback));
            if world.replaced.len() == back {
                break;
            }
        }
        assert!(world.left.len() <= 2, "{options}: left {} times", world.left.len());
    }
}

/// The other user's login is overwritten by this tab's refresh.
#[test]
fn c_90_a_refresh_does_not_replace_another_users_login() {
    let mut world = World::signed_in("");
    world.ask_token(true);
    world.run_to(|effect| matches!(effect, Effect::Store(_, Place::Record, Access::Renew(_))));
    // Log-out and login of u2 in another tab, while the answer was on its way.
    let text = world.record_of_another_tab();
    let other = text.replace("sub=u1", "sub=u2").replace("&nonce=", "&nonce=u2");
    assert!(matches!(Record::from_text(&other), Some(Record::Live(_))));
    world.record = Some(other.clone());
    world.run();
    assert_eq!(world.record, Some(other), "u2 signed in, and the record is u1's again");
}

/// The end written by another tab is overwritten by a refresh.
#[test]
fn c_90_a_refresh_does_not_replace_an_end() {
    let mut world = World::signed_in("");
    world.ask_token(true);
    world.run_to(|effect| matches!(effect, Effect::Store(_, Place::Record, Access::Renew(_))));
    world.record = Some(Record::ended_text(EndReason::LoggedOut));
    world.run();
    assert!(!matches!(world.session.status(), Status::SignedIn(_)), "signed in again");
}

/// A word that comes while the record is being read is lost.
#[test]
fn a_word_during_a_look_is_not_lost() {
    let mut world = World::signed_in("");
    world.event(Event::RecordChanged);
    let Some(Effect::Store(flow, Place::Record, Access::Read)) = world.pending.pop_front() else { panic!() };
    let seen = Outcome::Read(Place::Record, world.record.clone());
    // Meanwhile another tab logs out and says so.
    world.record = None;
    world.event(Event::RecordChanged);
    world.event(Event::Done(flow, seen));
    world.run();
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
}

/// A word that comes while a refresh is under way is lost when that refresh fails.
#[test]
fn a_word_during_a_refresh_that_fails_is_not_lost() {
    let mut world = World::signed_in("");
    let waiter = world.waiter();
    world.event(Event::Token { waiter, min_validity: 0, fresh: true });
    for _ in 0..2 {
        let next = world.pending.pop_front().unwrap();
        world.finish(next);
    }
    let Some(Effect::Send(flow, asked, _)) = world.pending.pop_front() else { panic!() };
    world.record = None;
    world.event(Event::RecordChanged);
    world.event(Event::Done(flow, Outcome::Answered(asked, Err(NetworkFailure::TimedOut))));
    world.run();
    world.pass(120_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
}

/// One slow write of the key cache makes a tab deaf.
#[test]
fn a_slow_key_cache_does_not_make_a_tab_deaf() {
    let mut world = World::signed_in("");
    // Any flow, known or not.
    world.event(Event::Done(77_777, Outcome::NoStore));
    world.record = None;
    world.event(Event::RecordChanged);
    world.run();
    world.event(Event::Resumed);
    world.run();
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
}

/// ... and lets it refresh without the lock, keeping the used refresh token in the record.
#[test]
fn a_slow_store_leaves_no_used_refresh_token_behind() {
    let mut world = World::signed_in("");
    world.event(Event::Done(77_777, Outcome::NoStore));
    let before = world.record.clone();
    world.ask_token(true);
    assert!(world.pending.iter().any(|effect| matches!(effect, Effect::Lock(_))), "a refresh without the lock");
    world.run();
    assert_ne!(world.record, before, "the record holds a refresh token that is used up");
}

/// The record that could not be removed is taken up again after the log-out.
#[test]
fn c_90_a_log_out_whose_removal_failed_is_still_one() {
    let mut world = World::signed_in("");
    let (waiter, entropy) = (world.waiter(), world.entropy());
    world.event(Event::Logout { waiter, options: Fields::default(), entropy });
    let Some(Effect::Store(flow, Place::Record, Access::Remove)) = world.pending.pop_front() else { panic!() };
    world.event(Event::Done(flow, Outcome::NoStore));
    world.run();
    let url = world.left.last().unwrap().clone();
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    world.reload();
    world.start(Some(&format!("state={state}")));
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOut));
}

/// login(), then logout(): the first promise.
#[test]
fn a_login_that_a_log_out_overtakes_settles() {
    let mut world = World::signed_in("");
    let (login, entropy) = (world.waiter(), world.entropy());
    world.event(Event::Login { waiter: login, options: Fields::default(), page: PAGE.to_owned(), entropy });
    let logout = world.log_out();
    world.pass(60_000);
    world.run();
    assert!(world.settled.contains_key(&logout));
    assert!(world.settled.contains_key(&login), "login() never settles");
}

/// A 401 right after a page load.
#[test]
fn c_84_a_401_right_after_a_page_load_makes_a_refresh() {
    let mut world = World::signed_in("");
    world.pass(200_000);
    world.reload();
    world.start(None);
    let Ok(Reply::Token(token)) = world.token(false) else { panic!() };
    let waiter = world.waiter();
    world.event(Event::Unauthorized { waiter, token });
    world.run();
    assert!(matches!(world.settled[&waiter], Ok(Reply::Token(_))), "{:?}", world.settled[&waiter]);
}

/// An expired refresh token and a lock that is refused at once.
#[test]
fn a_refused_lock_is_no_busy_loop() {
    let mut world = World::signed_in("");
    world.now.wall += 1_801_000;
    world.now.monotonic += 1_801_000;
    let mut locks = 0;
    world.event(Event::Timer);
    let end = world.now.monotonic + 10_000;
    while world.now.monotonic < end {
        while let Some(effect) = world.pending.pop_front() {
            let Effect::Lock(flow) = effect else { panic!() };
            locks += 1;
            world.event(Event::Done(flow, Outcome::Locked(false)));
        }
        let Some(at) = world.wake.take() else { break };
        let step = at - world.now.monotonic;
        world.now.wall += step;
        world.now.monotonic += step;
        world.event(Event::Timer);
    }
    assert!(locks < 20, "{locks} tries in 10 s");
}

/// The look and the login share verifier and nonce.
#[test]
fn c_11_the_look_has_a_challenge_of_its_own() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    world.reload();
    world.begin(None);
    let mut looked = String::new();
    while let Some(effect) = world.pending.pop_front() {
        if let Effect::Frame(_, url) = &effect {
            looked = url.clone();
        }
        world.finish(effect);
    }
    let get =
        |url: &str, name: &str| url.split(['?', '&']).find_map(|p| p.strip_prefix(name).map(str::to_owned)).unwrap();
    let left = world.left.last().unwrap();
    assert_ne!(get(&looked, "code_challenge="), get(left, "code_challenge="));
    assert_ne!(get(&looked, "nonce="), get(left, "nonce="));
}

/// The user comes back by Back and clicks at once.
#[test]
fn a_click_while_the_reason_is_looked_for_is_not_lost() {
    let mut world = World::new("");
    world.start(None);
    world.log_in(&[]);
    assert_eq!(world.left.len(), 1);
    let entropy = world.entropy();
    world.event(Event::Restored { entropy });
    let (click, entropy) = (world.waiter(), world.entropy());
    world.event(Event::Login { waiter: click, options: Fields::default(), page: PAGE.to_owned(), entropy });
    world.run();
    assert_eq!(world.left.len(), 2, "the click does nothing: {:?}", world.settled.get(&click));
}

/// `await session.logout(); location = "/bye"` on a double click.
#[test]
fn c_94_the_second_log_out_waits_for_the_first() {
    let mut world = World::signed_in("");
    let mut waiters = Vec::new();
    for _ in 0..2 {
        let (waiter, entropy) = (world.waiter(), world.entropy());
        waiters.push(waiter);
        world.event(Event::Logout { waiter, options: Fields::default(), entropy });
    }
    let settled: Vec<_> = waiters.iter().map(|waiter| world.settled.get(waiter)).collect();
    assert_eq!(settled, [None, None], "settled although the browser is leaving");
}

/// Logging out while the way back from the cache is looked at.
#[test]
fn a_log_out_while_restoring_is_one() {
    let mut world = World::new("");
    world.start(None);
    world.record = Some(world.record_of_another_tab());
    let entropy = world.entropy();
    world.event(Event::Restored { entropy });
    let waiter = world.log_out();
    assert_eq!(world.settled.get(&waiter), Some(&Ok(Reply::Done)));
    assert!(!matches!(world.session.status(), Status::SignedIn(_)), "logout() said done, and somebody is signed in");
}

/// A clock that is put right in the middle of a session.
#[test]
fn a_80_a_clock_put_right_ends_no_session() {
    let mut world = World::signed_in("");
    world.now.wall += 24 * 3_600_000;
    let _ = world.token(true);
    assert!(matches!(world.session.status(), Status::SignedIn(_)), "{:?}", world.session.status());
}

/// The laptop sleeps while the browser looks at a signature.
#[test]
fn c_75_no_verdict_on_a_signature_is_no_forgery() {
    let mut world = World::signed_in("");
    world.server.claims = Vec::new();
    let waiter = world.ask_token(true);
    while let Some(effect) = world.pending.pop_front() {
        match effect {
            Effect::CheckSignature(flow, ..) => world.event(Event::Done(flow, Outcome::Signature(None))),
            other => world.finish(other),
        }
    }
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    // Where RS256 is checked here, there is nothing to wait for.
    assert_eq!(world.code_of(waiter).is_some(), cfg!(not(feature = "full")));
}
