//! A new access token: one request for all callers of this page and all tabs of this browser.
//!
//! lock → read the record again → (another tab was faster: take its tokens) → ask → check → store →
//! hand out → unlock. Nothing is handed out before it is stored (C-70). Who waits for the lock reads the record also
//! when another tab says that it changed: many tabs would be a long line.

use super::live::Setback;
use super::validation::Validation;
use super::{Access, Effect, Live, Notice, Now, Outcome, Phase, Place, Reply, Session, Waiter};
use crate::protocol::config::OnLoad;
use crate::protocol::http::{Answer, NetworkFailure};
use crate::protocol::number::minus;
use crate::protocol::record::{EndReason, Record};
use crate::protocol::secret::AccessToken;
use crate::protocol::{AuthError, ErrorCode, token};

/// A 401 this soon after a refresh is not about the token's age; another refresh would not help.
const UNAUTHORIZED_PAUSE: i64 = 5_000;

/// What the next refresh needs.
#[cfg(feature = "full")]
const REFRESHES: &[&str] = &["refresh_token", "refresh_expires_at", "key", "offset"];
#[cfg(not(feature = "full"))]
const REFRESHES: &[&str] = &["refresh_token", "refresh_expires_at"];

/// Requests that count are noted for the other tabs this often at the most, ms.
const USE_INTERVAL: i64 = 1_000;

impl Session {
    pub(super) fn live(&mut self) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::SignedIn(live) => Some(live),
            _ => None,
        }
    }

    pub(super) fn token(&mut self, waiter: Waiter, min_validity: i64, fresh: bool, now: Now) {
        let long_ago = minus(now.monotonic, self.used.monotonic) >= USE_INTERVAL;
        if fresh || self.config.requests_count && long_ago {
            self.used_now(now);
        }
        let Some(live) = self.live() else { return self.absent(waiter) };
        if let Some(problem) = live.profile.problem.clone() {
            return self.answer(waiter, Err(problem));
        }
        live.active = true;
        // Asking for more than half of a token's life would mean a request per call.
        let need = min_validity.clamp(0, live.tokens.lifetime() / 2);
        match live.valid_for(need, now) {
            Some(token) if !fresh => self.answer(waiter, Ok(Reply::Token(token))),
            _ => self.wait_for_refresh(waiter, fresh, now),
        }
    }

    pub(super) fn unauthorized(&mut self, waiter: Waiter, token: &AccessToken, now: Now) {
        let Some(live) = self.live() else { return self.absent(waiter) };
        let current = live.tokens.access();
        if current != *token {
            return self.answer(waiter, Ok(Reply::Token(current)));
        }
        match now.monotonic - live.obtained < UNAUTHORIZED_PAUSE && live.remaining(now) > 0 {
            true => self.answer(waiter, Ok(Reply::Unchanged)),
            false => self.wait_for_refresh(waiter, true, now),
        }
    }

    fn wait_for_refresh(&mut self, waiter: Waiter, fresh: bool, now: Now) {
        let Some(live) = self.live() else { return };
        if let Some(setback) = &live.setback
            && now.monotonic < setback.retry_at
            && live.refreshing.is_none()
        {
            let result = live.token_or(&setback.error, fresh, now);
            return self.answer(waiter, result);
        }
        live.waiters.push((waiter, fresh));
        self.start_refresh(now);
    }

    /// Starts a refresh unless one is under way.
    pub(super) fn start_refresh(&mut self, now: Now) {
        let flow = self.next_flow();
        let shared = self.config.shared;
        match self.live() {
            Some(live) if live.refreshing.is_none() => {
                live.refreshing = Some(flow);
                live.in_line = shared;
            }
            _ => return,
        }
        match shared {
            true => self.effects.push(Effect::Lock(flow)),
            false => self.ask_tokens(now),
        }
    }

    pub(super) fn refresh_done(&mut self, outcome: Outcome, now: Now) {
        let Some(live) = self.live() else { return };
        let Some(flow) = live.refreshing else { return };
        live.in_line = false;
        match outcome {
            Outcome::Locked(true) => self.store(flow, Place::Record, Access::Read),
            // Another tab is at it and does not come to an end. To go ahead without the lock could use one
            // refresh token twice, which ends the session where the realm rotates them.
            Outcome::Locked(false) => self.refresh_failed(ErrorCode::Timeout.into(), now),
            Outcome::Read(_, text) => self.record_read_again(text, true, now),
            Outcome::Answered(_, result) => self.refresh_answered(result, now),
            // There was a store, and now there is none.
            Outcome::NoStore => self.ask_tokens(now),
            _ => {}
        }
    }

    /// What another tab did while this one waited for the lock. Before it is its `turn` nothing is asked for, and what
    /// was read must not be older than what is here: a record that could not be written is.
    pub(super) fn record_read_again(&mut self, text: Option<String>, turn: bool, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else { return };
        let tokens = match text.as_deref().and_then(Record::from_text) {
            None => return self.ended_elsewhere(EndReason::LoggedOutElsewhere),
            Some(Record::Ended(reason)) => return self.ended_elsewhere(reason),
            Some(Record::Live(tokens)) => tokens,
        };
        if !tokens.same(&live.tokens, "sub") {
            return self.ended_elsewhere(EndReason::Replaced);
        }
        let ahead = minus(tokens.expires_at(), live.tokens.expires_at());
        let idle = live.refreshing.is_none();
        // A refresh that is under way hands out its own.
        let newer = !tokens.same(&live.tokens, "access_token") && (turn || ahead > 0 && (idle || live.in_line));
        if turn && ahead >= 0 {
            for name in REFRESHES {
                live.tokens.copy(&tokens, name);
            }
        }
        match Live::new(tokens, &self.config, now) {
            // Who waits for a refresh wants what lasts a while.
            Ok(other)
                if newer
                    && (idle
                        || other.remaining(now) > other.tokens.lifetime() / 3
                            && other.over(self.used, now).is_none()) =>
            {
                self.renewed(other)
            }
            _ if turn => self.ask_tokens(now),
            _ => {}
        }
    }

    fn ask_tokens(&mut self, now: Now) {
        let Phase::SignedIn(live) = &self.phase else { return };
        let Some(flow) = live.refreshing else { return };
        match (live.over(self.used, now), live.tokens.get("refresh_token")) {
            (None, Some(token)) => {
                let request = token::refresh_request(&self.config, token);
                self.send_grant(flow, request, now);
            }
            (over, _) => self.ended_here(over.unwrap_or(EndReason::Expired)),
        }
    }

    fn refresh_answered(&mut self, result: Result<Answer, NetworkFailure>, now: Now) {
        let mode = self.config.dpop();
        let read = |answer| token::read(&answer, ErrorCode::RefreshRefused, mode, now);
        let tokens = result.map_err(AuthError::from).and_then(read);
        let tokens = match tokens {
            Ok(tokens) => tokens,
            Err(problem) if problem.code() == ErrorCode::RefreshRefused => {
                let told = EndReason::named(problem.subject()).unwrap_or(EndReason::EndedByKeycloak);
                let over = self.live().map(|live| live.why_over());
                return self.ended_here(over.filter(|_| told == EndReason::Expired).unwrap_or(told));
            }
            // Without the key nobody takes the refresh token any more; another login makes another key.
            #[cfg(feature = "full")]
            Err(problem) if problem.code() == ErrorCode::DpopKeyLost => {
                return self.ended_here(EndReason::LoggedOutElsewhere);
            }
            Err(problem) => return self.refresh_failed(problem, now),
        };
        let keys_asked = self.keys.is_some();
        let Some(live) = self.live() else { return };
        let Some(flow) = live.refreshing else { return };
        self.validation = Some(Validation::new(flow, tokens, keys_asked, now));
        self.validate(now);
    }

    /// New tokens are here and stored: everybody who waited gets them.
    pub(super) fn renewed(&mut self, renewed: Box<Live>) {
        let Phase::SignedIn(live) = &mut self.phase else { return };
        let before = core::mem::replace(live, renewed);
        let token = live.tokens.access();
        let problem = live.profile.problem.clone();
        self.changed |= before.tokens.access() != token || !self.connected;
        self.connected = true;
        if before.refreshing.is_some() {
            self.effects.push(Effect::Unlock);
        }
        for (waiter, _) in before.waiters {
            let result = problem.clone().map_or(Ok(Reply::Token(token.clone())), Err);
            self.answer(waiter, result);
        }
        self.settle_start(Ok(Reply::Done));
    }

    /// The refresh failed for a reason that may pass: the session stays (C-75).
    pub(super) fn refresh_failed(&mut self, problem: AuthError, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else { return };
        live.refreshing = None;
        live.setback = Some(Setback::after(live.setback.as_ref(), problem.clone(), now));
        for (waiter, fresh) in core::mem::take(&mut live.waiters) {
            let result = live.token_or(&problem, fresh, now);
            self.effects.push(Effect::Answer(waiter, result));
        }
        self.effects.push(Effect::Unlock);
        if core::mem::replace(&mut self.connected, !problem.code().retryable()) {
            self.notices.push(Effect::Emit(Notice::Error(problem)));
        }
        self.changed = true;
        self.settle_start(Ok(Reply::Done));
    }

    /// The answer to a refresh names another user or fails its checks: nothing of it is used, and the
    /// session ends (Core section 12.2, C-72).
    pub(super) fn forged(&mut self, problem: AuthError) {
        self.notices.push(Effect::Emit(Notice::Error(problem)));
        self.ended_here(EndReason::EndedByKeycloak);
    }

    /// The session is over: everywhere, once, with the reason (C-74).
    pub(super) fn ended_here(&mut self, reason: EndReason) {
        if self.config.shared {
            // Nobody waits for this: if it fails, other tabs find out from Keycloak.
            let flow = self.next_flow();
            self.store(flow, Place::Record, Access::Save(Record::ended_text(reason)));
        }
        self.ended_elsewhere(reason);
    }

    /// The session is over, and the other tabs know.
    pub(super) fn ended_elsewhere(&mut self, reason: EndReason) {
        self.end(reason);
        if self.starter.is_none() {
            return;
        }
        // The page has only just been opened and knows of no session: as if there had been none.
        match self.config.on_load {
            OnLoad::Nothing => self.settle_start(Ok(Reply::Done)),
            _ => self.as_on_load_says(),
        }
    }
}
