//! Logins that ask for more than a password once, and required actions.

use super::world::{PAGE, START, World};
use crate::protocol::ErrorCode;
use crate::protocol::fields::Fields;
use crate::protocol::session::{Event, Waiter};

/// A login with these options, up to the answer.
fn log_in(world: &mut World, given: &[(&str, &str)]) -> Waiter {
    let (waiter, entropy) = (world.waiter(), world.entropy());
    let mut options = Fields::default();
    for (name, value) in given {
        options.put(name, value);
    }
    world.event(Event::Login { waiter, options, page: PAGE.to_owned(), entropy });
    world.run();
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
        let (waiter, entropy) = (world.waiter(), world.entropy());
        let mut options = Fields::default();
        options.put("action", "UPDATE_PASSWORD");
        options.put("returnTo", "https://desk.example.com/agent/profile");
        world.event(Event::Login { waiter, options, page: PAGE.to_owned(), entropy });
        world.run();
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
