//! A login that failed: whoever tries again arrives where they wanted to go.

use super::world::{PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::session::{Notice, Reply, Status};

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

#[test]
fn a_refused_code_leaves_the_address_where_the_login_began() {
    let (mut world, callback) = answered();
    world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let waiter = world.start(Some(&callback));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::CodeRefused));
    assert_eq!((world.rewritten, world.replaced), (vec![TICKET.to_owned()], vec![]));
}

#[test]
fn so_does_a_loop_and_a_keycloak_that_is_down() {
    let (mut world, callback) = answered();
    world.start(Some(&callback.replace("code=c", EXPIRED)));
    let again = world.callback();
    assert!(world.rewritten.is_empty(), "it is on its way");
    world.reload();
    let waiter = world.start(Some(&again.replace("code=c", EXPIRED)));
    let again = world.callback();
    world.reload();
    let looped = world.start(Some(&again.replace("code=c", EXPIRED)));
    assert_eq!((world.code_of(waiter), world.code_of(looped)), (None, Some(ErrorCode::LoginLoop)));
    assert_eq!(world.rewritten, [TICKET]);

    let (mut world, callback) = answered();
    world.server.down = true;
    let waiter = world.start(Some(&callback.replace("code=c", EXPIRED)));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable));
    assert_eq!(world.rewritten, [TICKET]);
}

#[test]
fn and_a_step_up_that_the_session_of_before_survives() {
    let mut world = World::signed_in("");
    world.log_in(&[("acr", "gold"), ("returnTo", TICKET)]);
    let callback = world.callback();
    world.reload();
    world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let waiter = world.start(Some(&callback));
    world.pass(100);
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(world.notices.iter().any(|notice| matches!(notice, Notice::Error(_))));
    assert_eq!((world.rewritten, world.replaced), (vec![TICKET.to_owned()], vec![]));
}

/// The address of a log-out is no place where somebody wanted to log in.
#[test]
fn a_login_that_fails_after_a_log_out_leaves_the_address_alone() {
    let mut world = World::signed_in(r#","postLogoutRedirectUri":"https://desk.example.com/agent/bye""#);
    world.log_out();
    let url = world.left.last().unwrap().clone();
    let state = url.split('&').find(|part| part.starts_with("state=")).unwrap().to_owned();
    world.reload();
    world.start(Some(&state));
    assert!(matches!(world.session.status(), Status::Ended(_)));
    world.server.down = true;
    let waiter = world.log_in(&[("returnTo", PAGE)]);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable));
    assert!(world.rewritten.is_empty());
}
