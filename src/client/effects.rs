//! Carrying out what the state machine asks for.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CustomEvent, CustomEventInit};

use super::Client;
use super::store::Read;
use crate::browser::lock::{self, Held};
use crate::browser::{channel, clock, crypto, fetch, frame, location, tab};
use crate::protocol::session::{Effect, Event, Flow, Notice, Outcome, Reply};

/// How long a tab waits for another one's refresh, ms: longer than a request may take.
const LOCK_DEADLINE: u32 = 20_000;
/// How long a frame may take to show where it leads, ms.
const FRAME_DEADLINE: i64 = 5_000;

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
            Effect::Leave(url) => location::assign(&url),
            Effect::Replace(url) => location::replace(&url),
            Effect::Rewrite(url) => location::rewrite(&url),
            Effect::Wake(ms) => self.wake(ms),
            Effect::Unlock => *self.lock.borrow_mut() = LockState::Free,
            Effect::Announce => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel::announce(channel);
                }
            }
            Effect::Emit(notice) => self.emit(&notice),
            Effect::Answer(waiter, result) => {
                let value = result.map(|reply| match reply {
                    Reply::Token(token) => JsValue::from_str(token.expose()),
                    Reply::Done => JsValue::UNDEFINED,
                    Reply::Unchanged => JsValue::NULL,
                });
                self.settle(waiter, value);
            }
            slow => {
                let client = self.clone();
                spawn_local(async move {
                    if let Some((flow, outcome)) = client.carry_out(slow).await {
                        client.dispatch(Event::Done(flow, outcome));
                    }
                });
            }
        }
    }

    /// Everything that takes time, in one future: each further `async fn` would cost kilobytes.
    async fn carry_out(&self, effect: Effect) -> Option<(Flow, Outcome)> {
        let timeout = self.view(|session| session.config().request_timeout);
        Some(match effect {
            Effect::ReadRecord(flow) => (
                flow,
                match self.store.read_record().await {
                    Read::Text(text) => Outcome::Record(Some(text)),
                    Read::Nothing => Outcome::Record(None),
                    Read::NoStore => Outcome::NoStore,
                },
            ),
            Effect::SaveRecord(flow, text) => {
                (flow, Outcome::Stored(self.store.save_record(&text).await))
            }
            Effect::RemoveRecord(flow) => (flow, Outcome::Stored(self.store.remove_record().await)),
            Effect::TakeAttempt(flow, state) => (
                flow,
                Outcome::Attempt(self.store.take_attempt(&state).await),
            ),
            Effect::SaveAttempt(flow, state, text) => (
                flow,
                Outcome::Stored(self.store.save_attempt(&state, &text).await),
            ),
            Effect::ReadKeys(flow) => (flow, Outcome::Keys(self.store.read_keys().await)),
            Effect::SaveKeys(text) => {
                self.store.save_keys(&text).await;
                return None;
            }
            Effect::Send(flow, asked, request) => (
                flow,
                Outcome::Answered(asked, fetch::send(request, timeout).await),
            ),
            Effect::Reach(flow, url) => {
                (flow, Outcome::Reached(fetch::reaches(&url, timeout).await))
            }
            Effect::Frame(flow, url) => {
                let own = self.view(|session| session.config().redirect_uri.clone());
                (
                    flow,
                    Outcome::Framed(frame::probe(&url, &own, FRAME_DEADLINE).await),
                )
            }
            Effect::AskServerTime(flow) => {
                let page = location::href().unwrap_or_default();
                let date = fetch::server_date(&page, timeout).await;
                (
                    flow,
                    Outcome::ServerTime(date.and_then(|date| clock::parse_date(&date))),
                )
            }
            Effect::CheckSignature(flow, parts) => {
                (flow, Outcome::Signature(crypto::verify_es256(parts).await))
            }
            Effect::Lock(flow) => (flow, Outcome::Locked(self.lock(flow).await)),
            _ => return None,
        })
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

    /// Tells the front end's listeners.
    fn emit(&self, notice: &Notice) {
        let event = match notice {
            Notice::Change => web_sys::Event::new("change"),
            Notice::Ended => web_sys::Event::new("ended"),
            Notice::Error(error) => {
                let init = CustomEventInit::new();
                init.set_detail(&self.error(error));
                CustomEvent::new_with_event_init_dict("error", &init).map(web_sys::Event::from)
            }
        };
        if let Ok(event) = event {
            // A listener that throws is reported by the browser and stops nothing here.
            let _ = self.events.dispatch_event(&event);
        }
    }
}
