//! The end of a session: asked for here, or noticed.

use super::departure::Departure;
use super::{Access, Effect, Notice, Now, Phase, Place, Reply, Session, Waiter};
use crate::protocol::attempt::{Attempt, Entropy};
use crate::protocol::end_session;
use crate::protocol::fields::Fields;
use crate::protocol::record::EndReason;
use crate::protocol::url::return_url;
use crate::protocol::{AuthError, ErrorCode};

impl Session {
    pub(super) fn logout(&mut self, waiter: Waiter, options: Fields, entropy: Option<Box<Entropy>>, now: Now) {
        let target = options.get("returnTo").unwrap_or(&self.config.post_logout_redirect_uri);
        let return_to = match return_url(target, &self.config.page_origin, &*self.resolve) {
            Ok(href) => href,
            Err(problem) => return self.answer(waiter, Err(problem)),
        };
        #[cfg(feature = "full")]
        self.stop_asking_in_frame();
        let Phase::SignedIn(live) = &self.phase else {
            if let Some(departure) = &mut self.departure {
                // A double click: the browser is leaving already.
                return departure.waiters.push(waiter);
            }
            if matches!(self.phase, Phase::Restoring(..)) {
                // Nobody has seen that record yet, and nobody will.
                self.phase = Phase::SignedOut;
                let nobody = self.next_flow();
                self.store(nobody, Place::Record, Access::Remove);
            }
            // Logged out already: nothing to wipe, nothing to ask (C-94).
            return self.answer(waiter, Ok(Reply::Done));
        };
        let Some(entropy) = entropy else {
            // Then only here: Keycloak's own session goes on.
            self.ended_here(EndReason::LoggedOut);
            return self.answer(waiter, Err(ErrorCode::RandomnessUnavailable.into()));
        };
        let state = entropy.state(&self.tag, now.wall);
        let url = end_session::url(&self.config, live.tokens.text("id_token"), &return_to, &state);
        let switch_user = options.text("switchUser");
        let attempt = Attempt::new(&self.config, &return_to, now.wall).with("switch_user", switch_user).to_text();
        // New tokens on their way into the store may arrive after the removal: then it is made once more.
        let saving = live.refreshing.filter(|_| self.validation.as_ref().is_some_and(|own| own.is_accepted()));
        // First the local state, then the server: whatever comes, this browser is signed out (C-90).
        self.end(EndReason::LoggedOut);
        let first = self.next_flow();
        let flow = saving.unwrap_or(first);
        if let Some(login) = self.departure.take() {
            self.departed(login.waiters, Ok(Reply::Done));
        }
        self.departure = Some(Box::new(Departure {
            flow,
            deadline: None,
            waiters: vec![waiter],
            login: None,
            url,
            wipe: saving.is_some(),
            attempt: Some((state, attempt)),
        }));
        // Also where the session is this page's alone: it may be so because the store once failed.
        self.store(first, Place::Record, Access::Remove);
    }

    /// Gives the tokens up and tells everybody who waits for one.
    pub(super) fn end(&mut self, reason: EndReason) {
        self.changed = true;
        self.validation = None;
        #[cfg(feature = "full")]
        {
            self.proving = None;
        }
        let before = core::mem::replace(&mut self.phase, Phase::Ended(reason));
        let Phase::SignedIn(live) = before else { return };
        if live.refreshing.is_some() {
            self.effects.push(Effect::Unlock);
        }
        let problem = self.ended_error(reason);
        for (waiter, _) in live.waiters {
            self.answer(waiter, Err(problem.clone()));
        }
        self.notices.push(Effect::Emit(Notice::Ended));
    }

    pub(super) fn ended_error(&self, reason: EndReason) -> AuthError {
        AuthError::about(ErrorCode::SessionEnded, reason.name())
    }
}
