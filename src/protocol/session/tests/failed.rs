//! A login that failed: the page is told where it began, so that another try can lead there.

use super::world::World;
use crate::protocol::ErrorCode;

const TICKET: &str = "https://desk.example.com/agent/ticket/42";
const EXPIRED: &str = "error=temporarily_unavailable&error_description=authentication_expired";

/// Keycloak has answered a login that began at the ticket; the page has just been loaded anew.
fn answered() -> (World, String) {
    let mut world = World::new("");
    world.start(None);
    world.log_in(&[("returnTo", TICKET)]);
    let callback = world.callback();
    world.reload();
    (world, callback)
}

fn refuse_codes(world: &mut World) {
    world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
}

#[test]
fn a_refused_code_is_told_with_where_the_login_began() {
    let (mut world, callback) = answered();
    refuse_codes(&mut world);
    let waiter = world.start(Some(&callback));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::CodeRefused));
    assert_eq!(world.session.take_wanted().as_deref(), Some(TICKET));
    assert_eq!(world.session.take_wanted(), None, "once");
}

#[test]
fn so_is_a_loop_and_a_keycloak_that_is_down() {
    let (mut world, mut callback) = answered();
    for _ in 0..2 {
        world.start(Some(&callback.replace("code=c", EXPIRED)));
        callback = world.callback();
        world.reload();
    }
    let waiter = world.start(Some(&callback.replace("code=c", EXPIRED)));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::LoginLoop));
    assert_eq!(world.session.take_wanted().as_deref(), Some(TICKET));

    let (mut world, callback) = answered();
    world.server.down = true;
    let waiter = world.start(Some(&callback.replace("code=c", EXPIRED)));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable));
    assert_eq!(world.session.take_wanted().as_deref(), Some(TICKET));
}

#[test]
fn a_20_no_address_of_others_is_told() {
    let (mut world, callback) = answered();
    for text in world.attempts.values_mut() {
        *text = text.replace("desk.example.com%2Fagent%2Fticket%2F42", "evil.example%2F");
        assert!(text.contains("evil.example"));
    }
    refuse_codes(&mut world);
    world.start(Some(&callback));
    assert_eq!(world.session.take_wanted(), None);
}

#[test]
fn nothing_is_told_where_the_login_began_on_this_page() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    refuse_codes(&mut world);
    world.start(Some(&callback));
    assert_eq!(world.session.take_wanted(), None);
}
