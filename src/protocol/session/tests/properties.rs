//! From any state, any sequence of events keeps the invariants.

use std::collections::HashSet;

use proptest::prelude::*;

use super::world::{PAGE, World};
use crate::protocol::encoding::parse_form;
use crate::protocol::fields::Fields;
use crate::protocol::http::{Method, NetworkFailure};
use crate::protocol::session::{Access, Asked, Effect, Event, Framed, Outcome, Place, Reply, Status, Waiter};

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
    RecordOfAnotherTab,
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
        1 => Just(Step::RecordOfAnotherTab),
        1 => Just(Step::Timer),
        2 => (0_i64..400_000).prop_map(Step::Pass),
        12 => (0_usize..8).prop_map(Step::Finish),
        2 => (0_usize..8).prop_map(Step::Fail),
        1 => (0_u8..8).prop_map(Step::Server),
        1 => Just(Step::Reload),
        2 => Just(Step::Return),
    ]
}

fn fail(world: &mut World, effect: Effect) {
    let (flow, outcome) = match effect {
        Effect::Store(flow, place, Access::Read | Access::Take) => (flow, Outcome::Read(place, Some("rubbish".into()))),
        Effect::Store(flow, Place::Record, Access::Remove) => {
            // A store that is gone has nothing any more.
            world.record = None;
            (flow, Outcome::NoStore)
        }
        Effect::Store(flow, ..) => (flow, Outcome::NoStore),
        Effect::Send(flow, asked, _) => (flow, Outcome::Answered(asked, Err(NetworkFailure::TimedOut))),
        #[cfg(feature = "full")]
        Effect::Prove(flow, ..) => (flow, Outcome::Answered(Asked::Tokens, Err(NetworkFailure::TimedOut))),
        #[cfg(feature = "full")]
        Effect::MakeKey(flow) => (flow, Outcome::Key(String::new())),
        Effect::Frame(flow, _) => (flow, Outcome::Framed(Framed::Unknown)),
        #[cfg(feature = "full")]
        Effect::AskInFrame(flow, _) => (flow, Outcome::FrameAnswer(String::new())),
        Effect::Lock(flow) => (flow, Outcome::Locked(false)),
        Effect::CheckSignature(flow, ..) => (flow, Outcome::Signature(Some(false))),
        _ => return,
    };
    world.event(Event::Done(flow, outcome));
}

/// The refresh tokens of the requests under way, and how many exchange a code.
fn under_way(world: &World) -> (Vec<String>, usize) {
    let forms = world.pending.iter().filter_map(|effect| {
        let request = match effect {
            Effect::Send(_, Asked::Tokens, request) => request,
            #[cfg(feature = "full")]
            Effect::Prove(_, _, request) => request,
            _ => return None,
        };
        match &request.method {
            Method::Post(form) => parse_form(form),
            _ => None,
        }
    });
    let (mut refreshes, mut codes) = (Vec::new(), 0);
    for (name, value) in forms.flatten() {
        match name.as_str() {
            "refresh_token" => refreshes.push(value),
            "code" => codes += 1,
            _ => {}
        }
    }
    (refreshes, codes)
}

/// Modes of proofs of possession that there are.
const MODES: &[&str] = if cfg!(feature = "full") { &["off", "refresh"] } else { &["off"] };

/// What has to hold at every moment, and what is remembered for it.
#[derive(Default)]
struct Invariants {
    /// Logged out here, and no login since.
    logged_out: bool,
    /// Promises whose answers have been looked at.
    seen: HashSet<Waiter>,
    refreshes: Vec<String>,
}

impl Invariants {
    fn hold(&mut self, world: &World) {
        // Never a token after the log-out, neither for those who waited nor in a page loaded later.
        let signed_in = matches!(world.session.status(), Status::SignedIn(_) | Status::NoAccess(..));
        assert!(!(self.logged_out && signed_in), "signed in after the log-out");
        for (waiter, result) in &world.settled {
            if self.seen.insert(*waiter)
                && let Ok(Reply::Token(token)) = result
            {
                assert!(!self.logged_out && !token.expose().is_empty(), "a token after the log-out");
            }
        }
        // Never two token requests at once, and a refresh only begins under the lock.
        let (refreshes, codes) = under_way(world);
        assert!(refreshes.len() + codes <= 1, "two token requests at once");
        // Who waits for nothing holds up no other tab.
        assert!(!world.locked || !world.pending.is_empty(), "a lock that nobody needs");
        let began = refreshes.iter().any(|token| !self.refreshes.contains(token));
        assert!(!began || world.locked || !world.session.config().shared, "a refresh without the lock");
        self.refreshes = refreshes;
    }
}

/// A browser that leaves a page still carries out what was begun in its database.
fn carry_out_writes(world: &mut World) {
    for effect in std::mem::take(&mut world.pending) {
        if let Effect::Store(_, place, access @ (Access::Save(_) | Access::Renew(_) | Access::Remove)) = effect {
            world.store(place, access);
        }
    }
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
            assert!(!matches!(world.session.status(), Status::SignedIn(_) | Status::NoAccess(..)));
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
        Step::RecordOfAnotherTab => {
            world.record = Some(world.record_of_another_tab());
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
        Step::Server(4) => world.server.proofs.nonce = if world.server.proofs.nonce == "a" { "b" } else { "a" },
        Step::Server(5) => world.server.ahead += 40_000,
        Step::Server(_) => {
            world.server.down = false;
            world.server.hidden = false;
            world.server.token_answer = None;
        }
        Step::Reload => {
            carry_out_writes(world);
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
            carry_out_writes(world);
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
        dpop in prop::sample::select(MODES),
        signed_in in any::<bool>(),
        storing in any::<bool>(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let options = format!(r#","onLoad":"{on_load}","storage":"{shared}","dpop":"{dpop}""#);
        let mut world = match signed_in {
            true => World::signed_in(&options),
            false => World::new(&options),
        };
        if !signed_in {
            world.start(None);
        }
        let mut invariants = Invariants::default();
        // Half of the time it begins where it is easiest to go wrong: new tokens are about to be stored.
        let begin = [Step::Token(true), Step::Finish(0), Step::Finish(0), Step::Finish(0)];
        for step in begin.into_iter().filter(|_| signed_in && storing).chain(steps) {
            let leaves = matches!(step, Step::Logout)
                && matches!(world.session.status(), Status::SignedIn(_) | Status::NoAccess(..));
            // Somebody signs in again, here or in another tab.
            let comes = matches!(step, Step::Return | Step::RecordOfAnotherTab);
            invariants.logged_out = (invariants.logged_out || leaves) && !comes;
            take(&mut world, step);
            invariants.hold(&world);
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
