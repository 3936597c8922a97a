//! A login that failed: whoever tries again arrives where they wanted to go.

use super::world::{PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::attempt::Attempt;
use crate::protocol::fields::Fields;
use crate::protocol::session::{Event, Status};

const TICKET: &str = "https://desk.example.com/agent/ticket/42";
const OTHER: &str = "https://desk.example.com/agent/ticket/43";
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

/// Its code was refused, and the page is loaded once more.
fn refused() -> World {
    let (mut world, callback) = answered();
    world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let waiter = world.start(Some(&callback));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::CodeRefused));
    world.server.token_answer = None;
    world.reload();
    world
}

fn login_from(world: &mut World, page: &str) {
    let (waiter, entropy) = (world.waiter(), world.entropy());
    world.event(Event::Login { waiter, options: Fields::default(), page: page.to_owned(), entropy });
    world.run();
}

/// Where the login leads to that the browser left for last.
fn wanted(world: &World) -> String {
    let url = world.left.last().expect("the browser left");
    let attempts = world.attempts.iter().filter(|(state, _)| url.contains(state.as_str()));
    let (_, text) = attempts.last().expect("an attempt");
    Attempt::from_text(text).unwrap().get("return_to").to_owned()
}

#[test]
fn a_reload_leads_to_where_the_refused_login_began() {
    let mut world = refused();
    world.options = r#","onLoad":"login""#.to_owned();
    world.reload();
    world.start(None);
    assert_eq!(wanted(&world), TICKET);
    let callback = world.callback();
    world.reload();
    world.start(Some(&callback));
    assert_eq!(world.replaced, [TICKET]);
}

#[test]
fn so_does_a_login_by_hand_but_not_from_another_page() {
    for (page, target) in [(PAGE, TICKET), (OTHER, OTHER)] {
        let mut world = refused();
        world.start(None);
        login_from(&mut world, page);
        assert_eq!(wanted(&world), target);
    }
    let mut world = refused();
    world.start(None);
    world.log_in(&[("returnTo", OTHER)]);
    assert_eq!(wanted(&world), OTHER);
}

#[test]
fn so_does_one_after_a_loop() {
    let (mut world, mut callback) = answered();
    for _ in 0..2 {
        world.start(Some(&callback.replace("code=c", EXPIRED)));
        assert_eq!(wanted(&world), TICKET);
        callback = world.callback();
        world.reload();
    }
    let waiter = world.start(Some(&callback.replace("code=c", EXPIRED)));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::LoginLoop));
    world.reload();
    world.start(None);
    login_from(&mut world, PAGE);
    assert_eq!(wanted(&world), TICKET);
}

#[test]
fn who_was_signed_in_since_comes_back_to_the_page_itself() {
    let (mut world, callback) = answered();
    world.start(Some(&callback));
    world.reload();
    world.start(None);
    world.log_out();
    let url = world.left.last().unwrap().clone();
    let state = url.split('&').find(|part| part.starts_with("state=")).unwrap().to_owned();
    world.reload();
    world.start(Some(&state));
    assert!(matches!(world.session.status(), Status::Ended(_)));
    login_from(&mut world, PAGE);
    assert_eq!(wanted(&world), PAGE);
}

/// Its address is no place where somebody wanted to log in.
#[test]
fn a_log_out_is_forgotten() {
    let mut world = World::signed_in(r#","postLogoutRedirectUri":"https://desk.example.com/agent/bye""#);
    world.log_out();
    let url = world.left.last().unwrap().clone();
    let state = url.split('&').find(|part| part.starts_with("state=")).unwrap().to_owned();
    world.reload();
    world.start(Some(&state));
    login_from(&mut world, PAGE);
    assert_eq!(wanted(&world), PAGE);
}
