//! The end of a session that was asked for here: nothing of it is left, whatever was under way.

use super::world::{ISSUER, PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::fields::Fields;
use crate::protocol::record::EndReason;
use crate::protocol::session::{Access, Effect, Event, Outcome, Place, Reply, Status};

#[test]
fn logging_out_wipes_first_and_lands_as_logged_out() {
    let mut world = World::signed_in(r#","onLoad":"login""#);
    let waiter = world.log_out();
    assert_eq!(world.record, None);
    assert!(world.announced > 0);
    let url = world.left.last().unwrap().clone();
    assert!(url.starts_with(&format!("{ISSUER}/protocol/openid-connect/logout?client_id=otrs-app")));
    assert!(url.contains("id_token_hint="));
    assert!(!world.settled.contains_key(&waiter), "the browser is leaving");
    assert!(!world.in_turn, "it waits for no login of another tab");
    assert_eq!(world.token(false).unwrap_err().code(), ErrorCode::SessionEnded);
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let left = world.left.len();
    world.reload();
    let waiter = world.start(Some(&format!("state={state}")));
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOut));
    assert_eq!(world.left.len(), left, "after a log-out the login form does not come by itself");
}

#[test]
fn a_store_that_once_was_too_slow_is_wiped_all_the_same() {
    let mut world = World::signed_in("");
    let (waiter, entropy) = (world.waiter(), world.entropy());
    // Keys that come on the way to Keycloak are stored; that takes too long.
    world.event(Event::Login { waiter, options: Fields::default(), page: PAGE.to_owned(), entropy });
    for _ in 0..2 {
        let look = world.pending.pop_front().unwrap();
        world.finish(look);
    }
    let keys = |effect: &Effect| matches!(effect, Effect::Store(_, Place::Keys, Access::Save(_)));
    let at = world.pending.iter().position(keys).unwrap();
    let Some(Effect::Store(flow, ..)) = world.pending.remove(at) else { unreachable!() };
    world.event(Event::Done(flow, Outcome::NoStore));
    world.log_out();
    assert_eq!(world.record, None);
}

#[test]
fn a_record_on_its_way_into_the_store_does_not_outlive_the_log_out() {
    let mut world = World::signed_in("");
    world.ask_token(true);
    world.run_to(|effect| matches!(effect, Effect::Store(_, Place::Record, Access::Renew(_))));
    let saving = world.pending.pop_front().unwrap();
    world.log_out();
    assert_eq!(world.record, None, "a page that is closed now leaves nothing either");
    // Sealing takes time and removing does not, so what began first may come last.
    world.finish(saving);
    world.run();
    assert_eq!(world.record, None);
    assert!(world.left.last().unwrap().contains("/logout?"));
}

#[test]
fn c_90_a_refresh_does_not_undo_the_log_out_of_another_tab() {
    let mut world = World::signed_in("");
    let waiter = world.waiter();
    world.event(Event::Token { waiter, min_validity: 0, fresh: true });
    world.run_to(|effect| matches!(effect, Effect::Store(_, Place::Record, Access::Renew(_))));
    // C-70: nobody has the new token before it is stored.
    assert!(!world.settled.contains_key(&waiter));
    world.record = None;
    world.run();
    assert_eq!(world.session.status(), Status::Ended(EndReason::LoggedOutElsewhere));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::SessionEnded));
    assert!(world.record.is_none() && !world.locked);
}
