//! Carrying out what the state machine asks for.

use std::pin::pin;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Client;
use crate::browser::lock::{self, Held};
use crate::browser::web::Arg;
use crate::browser::{channel, crypto, fetch, frame, location, tab, timer, wait, web};
use crate::protocol::http::NetworkFailure;
use crate::protocol::session::{Access, Effect, Event, Flow, Framed, Notice, Outcome, Place, Reply};

/// How long a tab waits for another one's refresh, ms: longer than a request may take.
const LOCK_DEADLINE: u32 = 20_000;
/// How long the browser's store, its cryptography or a frame may take, ms. Some browsers have never answered
/// a request for a database; this is enough for those that do.
const STORE_DEADLINE: i64 = 5_000;

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
            Effect::Leave(url) => location::leave("assign", &url),
            Effect::Replace(url) => location::leave("replace", &url),
            Effect::Rewrite(url) => location::rewrite(&url),
            Effect::Wake(ms) => self.wake(ms),
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
            | Effect::CheckSignature(flow, _)
            | Effect::Lock(flow) => {
                let client = self.clone();
                wait::spawn(Box::pin(async move {
                    let outcome = client.outcome(effect).await;
                    client.dispatch(Event::Done(flow, outcome));
                }));
            }
        }
    }

    /// Everything that takes time, in one future and under one deadline: each further `async fn` would cost
    /// kilobytes.
    async fn outcome(&self, effect: Effect) -> Outcome {
        let late = match &effect {
            Effect::Send(_, asked, _) => Outcome::Answered(*asked, Err(NetworkFailure::TimedOut)),
            Effect::Frame(..) => Outcome::Framed(Framed::Unknown),
            Effect::CheckSignature(..) => Outcome::Signature(false),
            Effect::Lock(_) => Outcome::Locked(false),
            Effect::Store(_, place, Access::Read | Access::Take) if *place != Place::Record => {
                Outcome::Read(place.clone(), None)
            }
            _ => Outcome::NoStore,
        };
        let ms = match &effect {
            Effect::Send(..) => self.session().config().request_timeout,
            Effect::Lock(_) => i64::from(LOCK_DEADLINE) + STORE_DEADLINE,
            _ => STORE_DEADLINE,
        };
        let work = pin!(async {
            match effect {
                Effect::Store(_, place, access) => {
                    let changes = place == Place::Record && matches!(access, Access::Save(_) | Access::Remove);
                    let outcome = self.store.access(place, access).await;
                    // Only now: a tab that reads before the change is there would never read again.
                    if changes {
                        channel::announce(&web::get(&self.things, "channel"));
                    }
                    outcome
                }
                Effect::Send(_, asked, request) => Outcome::Answered(asked, fetch::send(request).await),
                Effect::Frame(_, url) => {
                    let own = self.session().config().redirect_uri.clone();
                    Outcome::Framed(frame::probe(&url, &own).await)
                }
                Effect::CheckSignature(_, parts) => Outcome::Signature(crypto::verify_es256(&parts).await),
                Effect::Lock(flow) => Outcome::Locked(self.lock(flow).await),
                _ => Outcome::NoStore,
            }
        });
        timer::in_time(work, ms).await.unwrap_or(late)
    }

    /// Waits for the refresh lock. If it is not wanted any more when it comes, it goes back at once.
    async fn lock(&self, flow: Flow) -> bool {
        *self.lock.borrow_mut() = LockState::Wanted(flow);
        let held = lock::acquire(&self.store.name("refresh"), LOCK_DEADLINE).await;
        let mut state = self.lock.borrow_mut();
        match (held, &*state) {
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
            Notice::Change => web::make("Event", r#"["change"]"#, &[]),
            Notice::Ended => web::make("Event", r#"["ended"]"#, &[]),
            Notice::Error(error) => {
                web::make("CustomEvent", r#"["error",{"detail":null}]"#, &[Arg::Value(&self.error(error))])
            }
        };
        web::call(&self.things, "session.dispatchEvent", "[null]", &[Arg::Value(&event)]);
    }
}
