//! Two tabs of one browser: one record and one lock between them.

use std::collections::{HashSet, VecDeque};
use std::mem::swap;

use proptest::prelude::*;

use super::world::World;
use crate::protocol::encoding::parse_form;
use crate::protocol::http::{Method, NetworkFailure, Request};
use crate::protocol::session::{Asked, Effect, Event, Outcome, Reply, Session, Status};

/// The tab that is not looked at.
struct Away {
    session: Session,
    pending: VecDeque<Effect>,
    wake: Option<i64>,
    locked: bool,
}

struct Tabs {
    world: World,
    away: Away,
    /// Changes of the record that the tab has not heard of: this one, the other.
    unheard: [bool; 2],
    /// Refresh tokens that the server has taken.
    redeemed: HashSet<String>,
}

#[derive(Clone, Debug)]
enum Step {
    Switch,
    Hear,
    Token(bool),
    Activity,
    Resumed,
    Pass(i64),
    Finish(usize),
    /// A request that the server never got.
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Switch),
        2 => Just(Step::Hear),
        3 => any::<bool>().prop_map(Step::Token),
        1 => Just(Step::Activity),
        1 => Just(Step::Resumed),
        1 => (0_i64..400_000).prop_map(Step::Pass),
        14 => (0_usize..4).prop_map(Step::Finish),
        1 => Just(Step::Lose),
    ]
}

fn refresh_token(effect: &Effect) -> Option<String> {
    let Effect::Send(_, Asked::Tokens, Request { method: Method::Post(form), .. }) = effect else { return None };
    parse_form(form)?.into_iter().find(|(name, _)| name == "refresh_token").map(|(_, token)| token)
}

impl Tabs {
    /// Both signed in, the second by what the first one stored.
    fn new() -> Self {
        let mut world = World::signed_in("");
        let mut other = World::new("");
        other.record.clone_from(&world.record);
        other.start(None);
        world.announced = 0;
        let away = Away { session: other.session, pending: VecDeque::new(), wake: other.wake, locked: false };
        Tabs { world, away, unheard: [false; 2], redeemed: HashSet::new() }
    }

    fn switch(&mut self) {
        swap(&mut self.world.session, &mut self.away.session);
        swap(&mut self.world.pending, &mut self.away.pending);
        swap(&mut self.world.wake, &mut self.away.wake);
        swap(&mut self.world.locked, &mut self.away.locked);
        self.world.locked_elsewhere = self.away.locked;
        self.unheard.swap(0, 1);
    }

    fn finish(&mut self, at: usize) {
        let Some(effect) = self.world.pending.remove(at) else { return };
        if matches!(effect, Effect::Lock(_)) && self.world.locked_elsewhere {
            return self.world.pending.push_back(effect);
        }
        if let Some(token) = refresh_token(&effect) {
            assert!(self.redeemed.insert(token), "a refresh token was used twice");
        }
        self.world.finish(effect);
    }

    fn run(&mut self) {
        let blocked = |world: &World| {
            world.locked_elsewhere && world.pending.iter().all(|effect| matches!(effect, Effect::Lock(_)))
        };
        while !self.world.pending.is_empty() && !blocked(&self.world) {
            self.finish(0);
        }
    }

    /// Time goes on in both tabs; what falls due waits for its turn.
    fn pass(&mut self, ms: i64) {
        self.world.now.wall += ms;
        self.world.now.monotonic += ms;
        for _ in 0..2 {
            if self.world.wake.is_some_and(|at| at <= self.world.now.monotonic) {
                self.world.wake = None;
                self.world.event(Event::Timer);
            }
            self.switch();
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Switch => self.switch(),
            Step::Hear if std::mem::take(&mut self.unheard[0]) => self.world.event(Event::RecordChanged),
            Step::Hear => {}
            Step::Token(fresh) => drop(self.world.ask_token(*fresh)),
            Step::Activity => self.world.event(Event::Activity),
            Step::Resumed => self.world.event(Event::Resumed),
            Step::Pass(ms) => self.pass(*ms),
            Step::Finish(at) if !self.world.pending.is_empty() => self.finish(at % self.world.pending.len()),
            Step::Finish(_) => {}
            Step::Lose => {
                let request = |effect: &Effect| refresh_token(effect).is_some();
                let at = self.world.pending.iter().position(request);
                if let Some(Effect::Send(flow, asked, _)) = at.and_then(|at| self.world.pending.remove(at)) {
                    let lost = Outcome::Answered(asked, Err(NetworkFailure::TimedOut));
                    self.world.event(Event::Done(flow, lost));
                }
            }
        }
        if std::mem::take(&mut self.world.announced) > 0 {
            self.unheard[1] = true;
        }
    }
}

/// Ten tabs that wake up together do not stand in line to read the same record one after the other.
#[test]
fn another_tabs_refresh_serves_who_waits_for_the_lock() {
    for heard in [true, false] {
        let mut tabs = Tabs::new();
        tabs.pass(1_000);
        tabs.world.ask_token(true);
        // Granted, but not asked yet.
        tabs.finish(0);
        tabs.switch();
        let waiter = tabs.world.ask_token(true);
        tabs.run();
        assert_eq!(tabs.world.settled.get(&waiter), None);
        tabs.switch();
        while !tabs.world.pending.is_empty() && tabs.world.announced == 0 {
            tabs.finish(0);
        }
        tabs.switch();
        tabs.world.locked_elsewhere = true;
        if heard {
            tabs.world.event(Event::RecordChanged);
        }
        tabs.run();
        assert_eq!(tabs.world.settled.contains_key(&waiter), heard);
        assert_eq!(tabs.redeemed.len(), 1);
    }
}

/// A tab that slept finds a record that is nearly over, but later than its own.
#[test]
fn a_tab_that_waits_for_nothing_takes_a_later_record_whole() {
    for waiting in [false, true] {
        let mut tabs = Tabs::new();
        tabs.pass(200_000);
        tabs.world.ask_token(true);
        tabs.run();
        let lifetime = tabs.world.session.expires_at().unwrap() - tabs.world.now.wall;
        tabs.switch();
        let before = (tabs.world.session.expires_at(), tabs.world.session.ends_at());
        tabs.world.wake = None;
        tabs.away.wake = None;
        tabs.pass(lifetime - 10_000);
        if waiting {
            // The other one has the lock and gets no answer.
            tabs.world.locked_elsewhere = true;
            tabs.world.ask_token(true);
        }
        tabs.world.event(Event::RecordChanged);
        tabs.run();
        let after = (tabs.world.session.expires_at(), tabs.world.session.ends_at());
        // All of it or nothing.
        assert_eq!(after == before, waiting);
        assert_eq!(after.0 == before.0, after.1 == before.1);
    }
}

/// What could not be written leaves the record of before, whose refresh token is used.
#[test]
fn an_older_record_is_not_taken() {
    let mut world = World::signed_in("");
    let before = world.record.clone();
    world.now.wall += 1_000;
    world.now.monotonic += 1_000;
    world.ask_token(true);
    world.run();
    let tokens = world.session.expires_at();
    world.record = before;
    world.event(Event::RecordChanged);
    world.run();
    assert_eq!(world.session.expires_at(), tokens);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn two_tabs_never_refresh_at_once(steps in prop::collection::vec(step(), 1..80)) {
        let mut tabs = Tabs::new();
        for step in &steps {
            tabs.take(step);
            let refreshes = tabs.world.pending.iter().chain(&tabs.away.pending).filter_map(refresh_token).count();
            prop_assert!(refreshes <= 1, "two refreshes in flight");
            prop_assert!(!(tabs.world.locked && tabs.away.locked));
            prop_assert!(!tabs.world.locked || !tabs.world.pending.is_empty(), "a lock that nobody needs");
        }
        // In the end both have a token.
        for _ in 0..4 {
            tabs.run();
            tabs.switch();
        }
        for _ in 0..2 {
            tabs.pass(10_000);
            let waiter = tabs.world.ask_token(false);
            for _ in 0..4 {
                tabs.run();
                tabs.switch();
            }
            let signed_in = matches!(tabs.world.session.status(), Status::SignedIn(_));
            let has_token = matches!(tabs.world.settled.get(&waiter), Some(Ok(Reply::Token(_))));
            prop_assert!(!signed_in || has_token);
            tabs.switch();
        }
    }
}
