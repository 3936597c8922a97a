//! Whatever Keycloak answers and however often the page is loaded: nobody is sent round in circles.

use proptest::prelude::*;

use super::world::{ISSUER, PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::session::{Event, Framed, Status};

/// What happens without the user asking for a login.
#[derive(Clone, Debug)]
enum Step {
    /// The page is loaded once more.
    Load,
    /// Keycloak answers the last request, with this in place of a code.
    Answer(&'static str),
    /// The login works, but the tokens do not.
    Spoiled,
    /// Another tab ends the session.
    Ended,
    Pass(i64),
    Down(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let answers = [
        "error=login_required",
        "error=interaction_required",
        "error=access_denied",
        "error=server_error",
        "error=temporarily_unavailable&error_description=authentication_expired",
        "code=c&error=both",
        "code=c&iss=https://evil.example",
        "code=c",
    ];
    prop_oneof![
        4 => Just(Step::Load),
        6 => prop::sample::select(answers.to_vec()).prop_map(Step::Answer),
        2 => Just(Step::Spoiled),
        1 => Just(Step::Ended),
        1 => (0_i64..400_000).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Down),
    ]
}

/// Takes the step and gives the promise of `createSession`, where a page was loaded.
fn take(world: &mut World, step: &Step) -> Option<u32> {
    let left = world.left.last().is_some_and(|url| url.contains("nonce="));
    let answer = match step {
        Step::Load => None,
        Step::Answer(answer) if left => Some(world.callback().replace("code=c", answer)),
        Step::Spoiled if left => {
            world.server.token_answer = Some((200, r#"{"access_token":"a","token_type":"Bearer"}"#.into()));
            Some(world.callback())
        }
        Step::Ended => {
            world.record = None;
            world.event(Event::RecordChanged);
            world.run();
            return None;
        }
        Step::Pass(ms) => {
            world.pass(*ms);
            world.run();
            return None;
        }
        Step::Down(down) => {
            world.server.down = *down;
            return None;
        }
        _ => return None,
    };
    world.reload();
    let waiter = world.start(answer.as_deref());
    world.server.token_answer = None;
    Some(waiter)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn never_a_third_automatic_navigation(
        on_load in prop_oneof![Just("login"), Just("check"), Just("none")],
        shared in prop_oneof![Just("shared"), Just("memory")],
        memory in prop::bool::weighted(0.9),
        framed in prop::sample::select(vec![Framed::Returned, Framed::Unknown, Framed::Stayed]),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut world = World::new(&format!(r#","onLoad":"{on_load}","storage":"{shared}""#));
        world.framed = framed;
        if !memory {
            world.navigations = None;
        }
        let (mut in_a_row, mut last) = (0, world.now.wall);
        for step in &steps {
            // Counted by what the browser does, not by what the session remembers of it.
            let before = world.left.len();
            let waiter = take(&mut world, step);
            let to_keycloak = world.left.iter().skip(before).filter(|url| url.starts_with(ISSUER)).count();
            // What lies a minute apart is no loop.
            if to_keycloak > 0 && world.now.wall - core::mem::replace(&mut last, world.now.wall) >= 60_000 {
                in_a_row = 0;
            }
            in_a_row += to_keycloak;
            prop_assert!(in_a_row <= 2, "a third automatic navigation");
            prop_assert!(memory || to_keycloak == 0, "left without a memory of it");
            prop_assert!(on_load != "none" || to_keycloak == 0 || matches!(step, Step::Answer(_)));
            // A success ends the row, and so does the error that stops it: what follows that is the user's doing.
            let stopped = waiter.and_then(|waiter| world.code_of(waiter)) == Some(ErrorCode::LoginLoop);
            if stopped || matches!(world.session.status(), Status::SignedIn(_)) {
                in_a_row = 0;
            }
            prop_assert!(world.replaced.iter().chain(&world.rewritten).all(|url| url.starts_with(&PAGE[..24])));
        }
    }
}
