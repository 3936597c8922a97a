//! The page asks for a session: from an answer in the address bar, from the record, or as `onLoad` says.

use super::exchange::Exchange;
use super::{Access, Effect, Live, Navigations, Now, Outcome, Phase, Place, Reply, Session, Waiter};
use crate::protocol::attempt::is_state;
use crate::protocol::callback::Callback;
use crate::protocol::config::OnLoad;
use crate::protocol::record::{EndReason, Record};
use crate::protocol::url::{return_url, without_fragment, without_query};
use crate::protocol::{AuthError, ErrorCode};

/// What to do when there is no record.
pub enum Otherwise {
    /// What the options say.
    OnLoad,
    /// Stay signed out.
    SignedOut,
    /// Say that the log-out is done, which began at this time, ms.
    LoggedOut(i64),
    /// Report this. A failed answer never leads to another login by itself.
    Problem(AuthError),
}

impl Session {
    pub(super) fn start(&mut self, waiter: Waiter, callback: Option<String>, now: Now) {
        self.starter = Some(waiter);
        let Some(raw) = callback else {
            return self.restore(Otherwise::OnLoad, now);
        };
        match Callback::parse(&raw) {
            // A name of ours that is no attempt's is not even looked for: looking takes it out of the store.
            Ok(callback) if !is_state(&self.tag, callback.state()) => {
                self.restore(Otherwise::Problem(ErrorCode::CallbackUnsolicited.into()), now);
            }
            Ok(callback) => {
                let flow = self.next_flow();
                self.store(flow, Place::Attempt(callback.state().to_owned()), Access::Take);
                // Read beside the attempt, so that the keys are there when the tokens come.
                self.store(flow, Place::Keys, Access::Read);
                self.phase = Phase::Answering(Exchange::new(flow, callback));
            }
            Err(problem) => self.restore(Otherwise::Problem(problem), now),
        }
    }

    /// Looks for a session of another tab or page load.
    pub(super) fn restore(&mut self, otherwise: Otherwise, now: Now) {
        let flow = self.next_flow();
        self.phase = Phase::Restoring(flow, otherwise);
        match self.config.shared {
            true => self.store(flow, Place::Record, Access::Read),
            false => self.restored_record(Outcome::NoStore, now),
        }
    }

    pub(super) fn restored_record(&mut self, outcome: Outcome, now: Now) {
        let text = match outcome {
            Outcome::Read(_, text) => text,
            _ => {
                // Without a place to share it, the session is this page's alone.
                self.config.shared = false;
                None
            }
        };
        let otherwise = match core::mem::replace(&mut self.phase, Phase::SignedOut) {
            Phase::Restoring(_, otherwise) => otherwise,
            other => {
                self.phase = other;
                return;
            }
        };
        let stored = match text.as_deref().and_then(Record::from_text) {
            Some(Record::Live(tokens)) => {
                Live::new(tokens, &self.config, now).ok().filter(|live| live.over(self.used, now).is_none())
            }
            _ => None,
        };
        let Some(live) = stored else {
            return self.no_record(otherwise);
        };
        if let Otherwise::LoggedOut(at) = otherwise
            && live.tokens.expires_at() - live.tokens.lifetime() <= at
        {
            // The one that was logged out of; its removal failed.
            let nobody = self.next_flow();
            self.store(nobody, Place::Record, Access::Remove);
            return self.no_record(otherwise);
        }
        let expired = live.remaining(now) <= 0;
        self.phase = Phase::SignedIn(live);
        self.changed = true;
        if let Otherwise::Problem(problem) = otherwise {
            // Where the user logs in in several tabs at once, Keycloak takes not every code. The session of another
            // tab is then what was wanted.
            if problem.code() == ErrorCode::CodeRefused && !expired && !self.demanding {
                return self.back_or_on(Otherwise::SignedOut, now);
            }
            // Told a moment later: before this, the page has had no session to listen to.
            self.late_problem = Some(problem);
        }
        match expired {
            // Whether this is still a session, only Keycloak knows.
            true => self.start_refresh(now),
            false => self.settle_start(Ok(Reply::Done)),
        }
    }

    fn no_record(&mut self, otherwise: Otherwise) {
        self.changed = true;
        match otherwise {
            Otherwise::OnLoad => self.as_on_load_says(),
            Otherwise::SignedOut => self.settle_start(Ok(Reply::Done)),
            Otherwise::LoggedOut(_) => {
                self.phase = Phase::Ended(EndReason::LoggedOut);
                self.settle_start(Ok(Reply::Done));
            }
            Otherwise::Problem(problem) => self.settle_start(Err(problem)),
        }
    }

    /// Nobody is signed in here.
    pub(super) fn as_on_load_says(&mut self) {
        let silent = match self.config.on_load {
            OnLoad::Login => false,
            // Asked once per tab: every visit of somebody anonymous would otherwise load the page twice.
            OnLoad::Check if !self.navigations.is_none_or(|known| known.known_anonymous) => true,
            _ => return self.settle_start(Ok(Reply::Done)),
        };
        let page = self.page.clone();
        self.leave_automatically(&page, silent);
    }

    /// Settles `createSession`, once.
    pub(super) fn settle_start(&mut self, result: Result<Reply, AuthError>) {
        if let Some(waiter) = self.starter.take() {
            // Only now the row of navigations has come to its end.
            if matches!(self.phase, Phase::SignedIn(_)) {
                self.remember(|navigations| *navigations = Navigations::default());
            }
            self.answer(waiter, result);
        }
    }

    /// Where the login began whose answer this page was opened by, if that is another address than this page's.
    ///
    /// It was stored, so it is checked again: what is in a store can be written by others.
    pub fn take_wanted(&mut self) -> Option<String> {
        let wanted = core::mem::take(&mut self.wanted);
        let href = return_url(&wanted, &self.config.page_origin, &*self.resolve).ok()?;
        (!wanted.is_empty() && href != self.page).then_some(href)
    }

    /// Puts the user back where they wanted to go. Answers whether the browser leaves this page for it.
    pub(super) fn come_back(&mut self) -> bool {
        let Some(href) = self.take_wanted() else { return false };
        if !self.config.shared {
            // Another document would know nothing of this session: it is shown under the other address, if that
            // could be the same page.
            if without_query(&href) == without_query(&self.page) {
                self.effects.push(Effect::Rewrite(href));
            }
            return false;
        }
        let same_document = without_fragment(&href) == without_fragment(&self.page);
        self.page.clone_from(&href);
        if same_document {
            self.effects.push(Effect::Rewrite(href));
            return false;
        }
        self.effects.push(Effect::Replace(href));
        true
    }
}
