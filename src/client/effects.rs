//! Carrying out what the state machine asks for.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Client;
#[cfg(feature = "full")]
use crate::browser::dpop;
use crate::browser::lock::{self, Held};
use crate::browser::{clock, crypto, fetch, frame, happenings, location, tab, web};
use crate::protocol::http::NetworkFailure;
#[cfg(feature = "full")]
use crate::protocol::session::Asked;
use crate::protocol::session::{Access, Effect, Event, Flow, Framed, Notice, Outcome, Place, Reply};

/// How long a tab waits for another one's refresh, ms: longer than a request may take.
const LOCK_DEADLINE: u32 = 20_000;
/// How long a tab waits for another one that leaves for Keycloak, and lets others wait, ms.
const TURN: u32 = 3_000;
/// How long the browser's store, its cryptography or a frame may take, ms. Some browsers have never answered
/// a request for a database; this is enough for those that do.
const STORE_DEADLINE: i64 = 5_000;

/// Ends what may still be under way, whatever it is.
const GIVE_UP: &str = "over = Object []
    _ = @controller.abort []
    _ = @frame.remove []
    _ = @held.resolve []
    late = @none";

/// What came in time is not late any more. The function that would have said so keeps the scope alive, and the scope
/// the function, as long as neither lets go.
const IN_TIME: &str = r#"_ = clearTimeout ["@timer"]
    late = @none
    callback = @none"#;

/// The refresh lock, from this tab's point of view.
#[derive(Default)]
pub enum LockState {
    /// Not wanted.
    #[default]
    Free,
    /// Asked for by this flow.
    Wanted(Flow),
    /// Held. Dropping it gives the lock back.
    Held(#[allow(dead_code)] Held),
}

impl Client {
    /// Carries out one effect; what takes time reports back by [`Event::Done`].
    pub(super) fn run(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::SaveNavigations(navigations) => {
                tab::write(&self.store.name("navigations"), &navigations.to_text());
            }
            Effect::Leave(url, in_turn) => self.leave(&url, in_turn),
            Effect::Replace(url) => location::go(&url, location::REPLACE),
            Effect::Rewrite(url) => location::go(&url, location::REWRITE),
            Effect::Connect(url) => location::go(&url, location::CONNECT),
            Effect::Wake(ms) => self.wake(ms),
            Effect::Used => clock::used(),
            Effect::Unlock => *self.lock.borrow_mut() = LockState::Free,
            Effect::Emit(notice) => self.emit(&notice),
            Effect::Answer(waiter, result) => {
                let value = result.map(|reply| match reply {
                    Reply::Token(token) => JsValue::from_str(token.expose()),
                    Reply::Done => JsValue::UNDEFINED,
                    Reply::Unchanged => JsValue::NULL,
                });
                self.settle(waiter, value);
            }
            Effect::Store(flow, ..)
            | Effect::Send(flow, ..)
            | Effect::Frame(flow, _)
            | Effect::CheckSignature(flow, ..)
            | Effect::Lock(flow) => self.begin(flow, effect),
            #[cfg(feature = "full")]
            Effect::Prove(flow, ..) | Effect::MakeKey(flow) | Effect::AskInFrame(flow, _) => self.begin(flow, effect),
        }
    }

    /// Leaves for Keycloak, one tab after the other: the turn ends with this page, when Keycloak's cookie is here.
    /// Without the cookie each request would begin a login of its own, and of the forms in several tabs all but the
    /// last would be stale. A log-out waits for nobody, least of all for a login of its own page.
    fn leave(&self, url: &str, in_turn: bool) {
        web::run(&self.things, "leaving.over = Object []");
        let scope = web::scope();
        web::set_text(&scope, "url", url);
        web::set(&self.things, "leaving", &scope);
        let turn = if in_turn { lock::request(&scope, &self.store.name("departure"), TURN) } else { "" };
        web::work(&scope, vec![turn, location::LEAVE], Box::new(|_| None));
    }

    /// Begins what takes time, under one deadline.
    fn begin(self: &Rc<Self>, flow: Flow, effect: Effect) {
        let mut ms = STORE_DEADLINE;
        let mut scope = web::scope();
        let mut body = Rc::default();
        let recipes = match &effect {
            Effect::Store(_, place, access) => self.store.begin(&scope, place, access),
            Effect::Send(_, _, request) => {
                ms = self.session().config().request_timeout;
                let (send, arriving) = fetch::request(&scope, request);
                body = arriving;
                vec![send]
            }
            #[cfg(feature = "full")]
            Effect::Prove(_, proof, request) => {
                ms = self.session().config().request_timeout;
                let (_, arriving) = fetch::request(&scope, request);
                body = arriving;
                vec![self.sign(&scope, proof)]
            }
            #[cfg(feature = "full")]
            Effect::MakeKey(_) => vec![dpop::MAKE],
            #[cfg(feature = "full")]
            Effect::AskInFrame(_, url) => {
                ms = self.session().config().request_timeout;
                vec![frame::ask(&scope, url)]
            }
            Effect::Frame(_, url) => frame::probe(&scope, url, &self.session().config().redirect_uri).to_vec(),
            Effect::CheckSignature(_, algorithm, parts) => {
                scope = crypto::signature(*algorithm, parts);
                vec![crypto::VERIFY]
            }
            _ => {
                ms += i64::from(LOCK_DEADLINE);
                *self.lock.borrow_mut() = LockState::Wanted(flow);
                self.wait_for_lock(&scope)
            }
        };
        let late = self.late(flow, late_outcome(&effect), &scope);
        web::set(&scope, "late", &late);
        web::set(&scope, "deadline", &JsValue::from_f64(ms as f64));
        web::run(&scope, r#"timer = setTimeout ["@late","@deadline"]"#);
        let client = self.clone();
        web::work(
            &scope,
            recipes,
            Box::new(move |scope| {
                #[cfg(feature = "full")]
                if matches!(effect, Effect::Lock(_))
                    && !lock::are_there()
                    && let Some(next) = client.lease(scope)
                {
                    return Some(next);
                }
                let outcome = match &effect {
                    Effect::Store(_, place, access) => client.stored(scope, place, access),
                    Effect::Send(_, asked, _) => Outcome::Answered(*asked, fetch::answer(scope, &body)),
                    #[cfg(feature = "full")]
                    Effect::Prove(..) => match client.proven(scope, &body) {
                        Ok(outcome) => outcome,
                        Err(next) => return Some(next),
                    },
                    #[cfg(feature = "full")]
                    Effect::MakeKey(_) => Outcome::Key(client.made(scope)),
                    #[cfg(feature = "full")]
                    Effect::AskInFrame(..) => Outcome::FrameAnswer(frame::answered(scope)),
                    Effect::Frame(..) => Outcome::Framed(frame::seen(scope)),
                    Effect::CheckSignature(..) => Outcome::Signature(Some(web::get(scope, "right").is_truthy())),
                    _ => Outcome::Locked(client.locked(flow, scope)),
                };
                web::run(scope, IN_TIME);
                client.dispatch(Event::Done(flow, outcome));
                None
            }),
        );
    }

    /// Tells how to wait for the refresh lock.
    fn wait_for_lock(&self, scope: &JsValue) -> Vec<&'static str> {
        #[cfg(feature = "full")]
        if !lock::are_there() {
            return self.begin_lease(scope);
        }
        vec![lock::request(scope, &self.store.name("refresh"), LOCK_DEADLINE)]
    }

    /// What is called when something takes too long: it is given up.
    fn late(self: &Rc<Self>, flow: Flow, outcome: Outcome, scope: &JsValue) -> JsValue {
        let (client, scope) = (self.clone(), scope.clone());
        let outcome = Cell::new(Some(outcome));
        web::function(Box::new(move |_| {
            web::run(&scope, GIVE_UP);
            if let Some(outcome) = outcome.take() {
                client.dispatch(Event::Done(flow, outcome));
            }
            JsValue::UNDEFINED
        }))
    }

    /// The store was used. Other tabs are told of a change only now: one that reads before the change is there
    /// would never read again.
    fn stored(&self, scope: &JsValue, place: &Place, access: &Access) -> Outcome {
        if *place == Place::Record && !matches!(access, Access::Read) {
            web::run(&self.things, happenings::ANNOUNCE);
        }
        self.store.outcome(scope, place, access)
    }

    /// The wait for the refresh lock is over. If the lock is not wanted any more, it goes back at once.
    fn locked(&self, flow: Flow, scope: &JsValue) -> bool {
        let mut state = self.lock.borrow_mut();
        match (lock::granted(scope), &*state) {
            (Some(held), LockState::Wanted(wanted)) if *wanted == flow => {
                *state = LockState::Held(held);
                true
            }
            _ => false,
        }
    }

    /// Tells the front end's listeners. One that throws is reported by the browser and stops nothing here.
    fn emit(&self, notice: &Notice) {
        let event = match notice {
            Notice::Change => r#"event = new Event ["change"]"#,
            Notice::Ended => {
                // A login that is about to leave has made its own already.
                #[cfg(feature = "full")]
                if !self.session().is_leaving() {
                    self.store.forget_keys();
                }
                r#"event = new Event ["ended"]"#
            }
            Notice::Expiring => r#"event = new Event ["expiring"]"#,
            Notice::Error(error) => {
                web::set(&self.things, "problem", &self.error(error));
                r#"event = new CustomEvent ["error",{"detail":"@problem"}]"#
            }
        };
        web::run(&self.things, event);
        // The answer takes the event's place, which would keep the session (see `happenings::CLOSE`).
        web::run(&self.things, r#"event = @session.dispatchEvent ["@event"]"#);
    }
}

/// What is reported of something that takes too long.
fn late_outcome(effect: &Effect) -> Outcome {
    match effect {
        Effect::Send(_, asked, _) => Outcome::Answered(*asked, Err(NetworkFailure::TimedOut)),
        #[cfg(feature = "full")]
        Effect::Prove(..) => Outcome::Answered(Asked::Tokens, Err(NetworkFailure::TimedOut)),
        #[cfg(feature = "full")]
        Effect::MakeKey(_) => Outcome::Key(String::new()),
        #[cfg(feature = "full")]
        Effect::AskInFrame(..) => Outcome::FrameAnswer(String::new()),
        Effect::Frame(..) => Outcome::Framed(Framed::Unknown),
        Effect::CheckSignature(..) => Outcome::Signature(None),
        Effect::Lock(_) => Outcome::Locked(false),
        Effect::Store(_, place, Access::Read | Access::Take) if *place != Place::Record => {
            Outcome::Read(place.clone(), None)
        }
        _ => Outcome::NoStore,
    }
}
