//! From any state, any sequence of events keeps the invariants.

use proptest::prelude::*;

use super::world::{PAGE, World};
use crate::protocol::fields::Fields;
use crate::protocol::http::NetworkFailure;
use crate::protocol::session::{Access, Asked, Effect, Event, Framed, Outcome, Reply, Status};

#[derive(Clone, Debug)]
enum Step {
    Token(bool),
    Unauthorized,
    Login,
    Logout,
    Activity,
    Resumed,
    Restored,
    RecordChanged,
    RecordGone,
    Timer,
    Pass(i64),
    Finish(usize),
    Fail(usize),
    Server(u8),
    Reload,
    Return,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Token),
        1 => Just(Step::Unauthorized),
        1 => Just(Step::Login),
        1 => Just(Step::Logout),
        1 => Just(Step::Activity),
        1 => Just(Step::Resumed),
        1 => Just(Step::Restored),
        1 => Just(Step::RecordChanged),
        1 => Just(Step::RecordGone),
        1 => Just(Step::Timer),
        2 => (0_i64..400_000).prop_map(Step::Pass),
        12 => (0_usize..8).prop_map(Step::Finish),
        2 => (0_usize..8).prop_map(Step::Fail),
        1 => (0_u8..6).prop_map(Step::Server),
        1 => Just(Step::Reload),
        2 => Just(Step::Return),
    ]
}

fn fail(world: &mut World, effect: Effect) {
    let (flow, outcome) = match effect {
        Effect::Store(flow, place, Access::Read | Access::Take) => (flow, Outcome::Read(place, Some("rubbish".into()))),
        Effect::Store(flow, ..) => (flow, Outcome::NoStore),
        Effect::Send(flow, asked, _) => (flow, Outcome::Answered(asked, Err(NetworkFailure::TimedOut))),
        Effect::Frame(flow, _) => (flow, Outcome::Framed(Framed::Unknown)),
        Effect::Lock(flow) => (flow, Outcome::Locked(false)),
        Effect::CheckSignature(flow, _) => (flow, Outcome::Signature(false)),
        _ => return,
    };
    world.event(Event::Done(flow, outcome));
}

fn refreshes_under_way(world: &World) -> usize {
    world.pending.iter().filter(|effect| matches!(effect, Effect::Send(_, Asked::Tokens, _))).count()
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::Token(fresh) => drop(world.ask_token(fresh)),
        Step::Unauthorized => {
            let waiter = world.waiter();
            let token = crate::protocol::secret::AccessToken::new("t");
            world.event(Event::Unauthorized { waiter, token });
        }
        Step::Login => {
            let (waiter, entropy) = (world.waiter(), world.entropy());
            let options = Fields::default();
            world.event(Event::Login { waiter, options, page: PAGE.to_owned(), entropy });
        }
        Step::Logout => {
            let (waiter, entropy) = (world.waiter(), world.entropy());
            world.event(Event::Logout { waiter, options: Fields::default(), entropy });
            // Whatever was under way, from this moment on there is no token.
            assert!(!matches!(world.session.status(), Status::SignedIn(_)));
        }
        Step::Activity => world.event(Event::Activity),
        Step::Resumed => world.event(Event::Resumed),
        Step::Restored => {
            let entropy = world.entropy();
            world.event(Event::Restored { entropy });
        }
        Step::RecordChanged => world.event(Event::RecordChanged),
        Step::RecordGone => {
            world.record = None;
            world.event(Event::RecordChanged);
        }
        Step::Timer => world.event(Event::Timer),
        Step::Pass(ms) => world.pass(ms),
        Step::Finish(index) if !world.pending.is_empty() => {
            let index = index % world.pending.len();
            if let Some(effect) = world.pending.remove(index) {
                world.finish(effect);
            }
        }
        Step::Fail(index) if !world.pending.is_empty() => {
            let index = index % world.pending.len();
            if let Some(effect) = world.pending.remove(index) {
                fail(world, effect);
            }
        }
        Step::Server(0) => world.server.down = true,
        Step::Server(1) => world.server.hidden = true,
        Step::Server(2) => world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.into())),
        Step::Server(3) => world.server.token_answer = Some((503, String::new())),
        Step::Server(_) => {
            world.server.down = false;
            world.server.hidden = false;
            world.server.token_answer = None;
        }
        Step::Reload => {
            world.reload();
            let (waiter, entropy, navigations) = (world.waiter(), world.entropy(), world.navigations);
            world.event(Event::Start {
                waiter,
                callback: None,
                page: PAGE.to_owned(),
                entropy,
                navigations,
                framed: false,
            });
        }
        Step::Return if world.left.last().is_some_and(|url| url.contains("nonce=")) => {
            let callback = Some(world.callback());
            world.reload();
            let (waiter, entropy, navigations) = (world.waiter(), world.entropy(), world.navigations);
            world.event(Event::Start { waiter, callback, page: PAGE.to_owned(), entropy, navigations, framed: false });
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_invariants_hold(
        on_load in prop_oneof![Just("login"), Just("check"), Just("none")],
        shared in prop_oneof![Just("shared"), Just("memory")],
        signed_in in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let options = format!(r#","onLoad":"{on_load}","storage":"{shared}""#);
        let mut world = match signed_in {
            true => World::signed_in(&options),
            false => World::new(&options),
        };
        if !signed_in {
            world.start(None);
        }
        let mut automatic = 0;
        for step in steps {
            let was_automatic = world.navigations.map_or(0, |known| known.automatic);
            let left = world.left.len();
            take(&mut world, step);
            // Never two token requests at once.
            prop_assert!(refreshes_under_way(&world) <= 1);
            // Never a third automatic navigation in a row.
            let known = world.navigations.map_or(0, |known| known.automatic);
            if world.left.len() > left && known > was_automatic {
                automatic += 1;
                prop_assert!(known <= 2, "a third automatic navigation");
            }
            if known == 0 {
                automatic = 0;
            }
            prop_assert!(automatic <= 2);
            // A token is handed out to nobody but those who may have it.
            for result in world.settled.values() {
                if let Ok(Reply::Token(token)) = result {
                    prop_assert!(!token.expose().is_empty());
                }
            }
        }
        // Everything settles once the outside world does what it can and time goes on.
        world.server.down = false;
        world.server.hidden = false;
        world.server.token_answer = None;
        for _ in 0..40 {
            world.run();
            world.pass(30_000);
        }
        prop_assert!(world.pending.is_empty());
        let token = world.token(false);
        let signed_in = matches!(world.session.status(), Status::SignedIn(_));
        prop_assert_eq!(token.is_ok(), signed_in);
    }
}
