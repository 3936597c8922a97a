//! A silent login in a hidden frame: where Keycloak is on the page's site, the page need not be loaded twice.

use super::departure::Departure;
use super::exchange::Exchange;
use super::{Access, Effect, Flow, Now, Phase, Place, Reply, Session};
use crate::protocol::authorization_request::is_silent;
use crate::protocol::callback::Callback;

impl Session {
    /// Asks in a frame where that tells the truth; answers whether it does. In a frame of another site Keycloak's cookie
    /// is a third party's, which browsers keep away: there nobody would be signed in.
    pub(super) fn ask_in_frame(&mut self) -> bool {
        let Some(departure) = &mut self.departure else { return false };
        let Some(login) = &mut departure.login else { return false };
        if login.in_frame || !login.automatic || !is_silent(&login.options) {
            return false;
        }
        let addresses = ((self.resolve)(&self.config.authority), (self.resolve)(&self.page));
        if !matches!(addresses, (Some(keycloak), Some(page)) if keycloak.is_same_site(&page)) {
            return false;
        }
        login.in_frame = true;
        self.effects.push(Effect::AskInFrame(departure.flow, core::mem::take(&mut departure.url)));
        true
    }

    /// The frame is at its end. `answer` is the fragment of where it ended; empty if that cannot be seen.
    pub(super) fn frame_answered(&mut self, flow: Flow, answer: &str, now: Now) {
        let Some(login) = self.departure.as_mut().and_then(|departure| departure.login.as_mut()) else { return };
        let state = core::mem::take(&mut login.state);
        let Some(callback) = Callback::parse(answer).ok().filter(|callback| callback.state() == state) else {
            // The page forbids the frame, or Keycloak stays there: why, is looked at before the browser leaves.
            login.doubtful = true;
            self.forget_attempt(state);
            self.entropy = self.entropy.as_ref().map(|used| Box::new(used.next()));
            return self.ready(flow, now);
        };
        self.starter = self.departure.take().and_then(|departure| departure.waiters.into_iter().next());
        let flow = self.next_flow();
        self.store(flow, Place::Attempt(state), Access::Take);
        self.phase = Phase::Answering(Exchange::new(flow, callback));
    }

    /// The page wants something else meanwhile.
    pub(super) fn stop_asking_in_frame(&mut self) {
        let asking =
            |own: &mut Box<Departure>| own.deadline.is_none() && own.login.as_ref().is_some_and(|login| login.in_frame);
        let Some(departure) = self.departure.take_if(asking) else { return };
        self.forget_attempt(departure.login.map(|login| login.state).unwrap_or_default());
        self.departed(departure.waiters, Ok(Reply::Done));
    }

    fn forget_attempt(&mut self, state: String) {
        let nobody = self.next_flow();
        self.store(nobody, Place::Attempt(state), Access::Remove);
    }
}
