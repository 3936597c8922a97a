//! A new access token: one request for all callers of this page and all tabs of this browser.
//!
//! lock → read the record again → (another tab was faster: take its tokens) → ask → check → store →
//! hand out → unlock. Nothing is handed out before it is stored (C-70).

use super::exchange::{Known, tokens_of};
use super::live::Setback;
use super::validation::{Next, Origin, Validation};
use super::{Asked, Effect, Flow, Live, Notice, Now, Outcome, Phase, Reply, Session, Waiter};
use crate::protocol::config::OnLoad;
use crate::protocol::http::{Answer, NetworkFailure};
use crate::protocol::record::{EndReason, Record, Tokens};
use crate::protocol::secret::AccessToken;
use crate::protocol::{AuthError, ErrorCode, keys, token};

/// A 401 this soon after a refresh is not about the token's age; another refresh would not help.
const UNAUTHORIZED_PAUSE: i64 = 5_000;

/// Whether a refresh is under way.
pub enum Refresh {
    /// No.
    Idle,
    /// Yes.
    Running(Box<Run>),
}

/// One refresh.
pub struct Run {
    /// Its flow.
    pub flow: Flow,
    validation: Option<Validation>,
    /// The new tokens, while they are being stored.
    accepted: Option<Live>,
}

impl Session {
    pub(super) fn token(&mut self, waiter: Waiter, min_validity: i64, fresh: bool, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            let absence = self.absence();
            return self.answer(waiter, Err(absence));
        };
        if let Some(problem) = live.profile.problem.clone() {
            return self.answer(waiter, Err(problem));
        }
        live.active = true;
        // Asking for more than half of a token's life would mean a request per call.
        let need = min_validity.clamp(0, live.tokens.lifetime / 2);
        let valid = live.valid_for(need, now).cloned();
        match valid {
            Some(token) if !fresh => self.answer(waiter, Ok(Reply::Token(token))),
            _ => self.wait_for_refresh(waiter, fresh, now),
        }
    }

    pub(super) fn unauthorized(&mut self, waiter: Waiter, token: &AccessToken, now: Now) {
        let Phase::SignedIn(live) = &self.phase else {
            let absence = self.absence();
            return self.answer(waiter, Err(absence));
        };
        let current = live.tokens.access.clone();
        if current != *token {
            return self.answer(waiter, Ok(Reply::Token(current)));
        }
        match now.monotonic - live.obtained < UNAUTHORIZED_PAUSE && live.remaining(now) > 0 {
            true => self.answer(waiter, Ok(Reply::Unchanged)),
            false => self.wait_for_refresh(waiter, true, now),
        }
    }

    fn wait_for_refresh(&mut self, waiter: Waiter, fresh: bool, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        if let Some(setback) = &live.setback
            && now.monotonic < setback.retry_at
            && live.refreshing().is_none()
        {
            let token = live.valid_for(0, now).filter(|_| !fresh).cloned();
            let result = token.map(Reply::Token).ok_or_else(|| setback.error.clone());
            return self.answer(waiter, result);
        }
        live.waiters.push((waiter, fresh));
        self.start_refresh(now);
    }

    /// Starts a refresh unless one is under way.
    pub(super) fn start_refresh(&mut self, now: Now) {
        let flow = self.next_flow();
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        if live.refreshing().is_some() {
            return;
        }
        live.refresh = Refresh::Running(Box::new(Run {
            flow,
            validation: None,
            accepted: None,
        }));
        match self.config.shared {
            true => self.effects.push(Effect::Lock(flow)),
            false => self.ask_tokens(now),
        }
    }

    fn run(&mut self) -> Option<&mut Run> {
        match &mut self.phase {
            Phase::SignedIn(live) => match &mut live.refresh {
                Refresh::Running(run) => Some(run),
                Refresh::Idle => None,
            },
            _ => None,
        }
    }

    pub(super) fn refresh_done(&mut self, outcome: Outcome, now: Now) {
        let Some(flow) = self.run().map(|run| run.flow) else {
            return;
        };
        match outcome {
            Outcome::Locked(true) => self.effects.push(Effect::ReadRecord(flow)),
            // Another tab is at it and does not come to an end. To go ahead without the lock could use one
            // refresh token twice, which ends the session where the realm rotates them.
            Outcome::Locked(false) => self.refresh_failed(ErrorCode::Timeout.into(), now),
            Outcome::Record(text) => self.record_read_again(text, now),
            Outcome::NoStore => self.ask_tokens(now),
            Outcome::Answered(Asked::Tokens, result) => self.refresh_answered(result, now),
            Outcome::Answered(_, result) => {
                if let Some(validation) = self.run().and_then(|run| run.validation.as_mut()) {
                    validation.keys_are_new();
                }
                match result
                    .map_err(AuthError::from)
                    .and_then(|answer| self.take_keys(&answer))
                {
                    Ok(()) => self.refresh_goes_on(now),
                    Err(problem) => self.refresh_failed(problem, now),
                }
            }
            Outcome::Keys(text) => {
                self.keys = text.and_then(|text| keys::parse(text.as_bytes()));
                self.refresh_goes_on(now);
            }
            Outcome::ServerTime(time) => {
                if let Some(time) = time {
                    self.clock_offset = time - now.wall;
                }
                self.refresh_goes_on(now);
            }
            Outcome::Signature(right) => {
                if let Some(validation) = self.run().and_then(|run| run.validation.as_mut()) {
                    validation.signature(right);
                }
                self.refresh_goes_on(now);
            }
            Outcome::Stored(_) => self.refresh_stored(),
            _ => {}
        }
    }

    /// What another tab did while this one waited for the lock.
    fn record_read_again(&mut self, text: Option<String>, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        match text.as_deref().and_then(Record::from_text) {
            None => self.ended_elsewhere(EndReason::LoggedOutElsewhere, now),
            Some(Record::Ended(reason)) => self.ended_elsewhere(reason, now),
            Some(Record::Live(tokens)) if tokens.subject != live.tokens.subject => {
                self.ended_elsewhere(EndReason::Replaced, now);
            }
            Some(Record::Live(tokens)) => {
                let newer = tokens.access != live.tokens.access;
                live.tokens.refresh.clone_from(&tokens.refresh);
                live.tokens.refresh_expires_at = tokens.refresh_expires_at;
                match Live::new(tokens, &self.config, now) {
                    Ok(other) if newer && other.remaining(now) > other.tokens.lifetime / 3 => {
                        self.renewed(other);
                    }
                    _ => self.ask_tokens(now),
                }
            }
        }
    }

    fn ask_tokens(&mut self, now: Now) {
        let Phase::SignedIn(live) = &self.phase else {
            return;
        };
        let (Some(flow), over) = (live.refreshing(), live.is_over(now)) else {
            return;
        };
        match &live.tokens.refresh {
            Some(token) if !over => {
                let request = token::refresh_request(&self.config, token);
                self.effects
                    .push(Effect::Send(flow, Asked::Tokens, request));
            }
            _ if over => self.ended_here(EndReason::Expired, now),
            _ => self.refresh_failed(ErrorCode::SessionEnded.into(), now),
        }
    }

    fn refresh_answered(&mut self, result: Result<Answer, NetworkFailure>, now: Now) {
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) => return self.refresh_failed(failure.into(), now),
        };
        let tokens = match token::read(&answer, ErrorCode::RefreshRefused) {
            Ok(tokens) => tokens,
            Err(problem) if problem.code == ErrorCode::RefreshRefused => {
                let disabled = problem.subject == token::DISABLED;
                let reason = if disabled {
                    EndReason::AccountDisabled
                } else {
                    EndReason::EndedByKeycloak
                };
                return self.ended_here(reason, now);
            }
            Err(problem) => return self.refresh_failed(problem, now),
        };
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        let Refresh::Running(run) = &mut live.refresh else {
            return;
        };
        let before = &live.tokens;
        let origin = Origin::Refresh {
            nonce: before.nonce.clone(),
            subject: before.subject.clone(),
            auth_time: before.auth_time,
        };
        run.validation = Some(Validation::new(tokens, origin, now));
        self.refresh_goes_on(now);
    }

    fn refresh_goes_on(&mut self, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        let Refresh::Running(run) = &mut live.refresh else {
            return;
        };
        let Some(validation) = run.validation.as_mut() else {
            return;
        };
        let flow = run.flow;
        let Some(id) = validation.answer.id.clone() else {
            // A refresh may come without an ID token (Core section 12.2); the old one stays the hint.
            let known = Known {
                id: live.tokens.id.clone(),
                subject: live.tokens.subject.clone(),
                nonce: live.tokens.nonce.clone(),
                auth_time: live.tokens.auth_time,
            };
            return self.refresh_accepted(known, now);
        };
        match validation.next(&id, &self.config, self.keys.as_ref(), self.clock_offset) {
            Next::Accept(claims) => {
                let known = Known {
                    id,
                    subject: claims.subject,
                    nonce: live.tokens.nonce.clone(),
                    auth_time: claims.auth_time.or(live.tokens.auth_time),
                };
                self.refresh_accepted(known, now);
            }
            Next::Refuse(problem) => self.forged(problem, now),
            Next::ReadKeys => self.effects.push(Effect::ReadKeys(flow)),
            Next::AskKeys => self.ask_keys(flow),
            Next::AskTime => self.effects.push(Effect::AskServerTime(flow)),
            Next::CheckSignature(parts) => self.effects.push(Effect::CheckSignature(flow, parts)),
        }
    }

    fn refresh_accepted(&mut self, known: Known, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        let Refresh::Running(run) = &mut live.refresh else {
            return;
        };
        let Some(validation) = &run.validation else {
            return;
        };
        let tokens = tokens_of(
            &validation.answer,
            Some(&live.tokens),
            known,
            validation.received,
        );
        let text = Record::Live(tokens.clone()).to_text();
        match Live::new(tokens, &self.config, now) {
            Err(problem) => self.forged(problem, now),
            Ok(renewed) => {
                let flow = run.flow;
                run.accepted = Some(renewed);
                match self.config.shared {
                    true => self.effects.push(Effect::SaveRecord(flow, text)),
                    false => self.refresh_stored(),
                }
            }
        }
    }

    fn refresh_stored(&mut self) {
        let Some(renewed) = self.run().and_then(|run| run.accepted.take()) else {
            return;
        };
        self.effects.push(Effect::Announce);
        self.renewed(renewed);
    }

    /// New tokens are here and stored: everybody who waited gets them.
    pub(super) fn renewed(&mut self, renewed: Live) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        let before: Tokens = live.tokens.clone();
        let running = live.refreshing().is_some();
        let waiters = core::mem::take(&mut live.waiters);
        **live = renewed;
        let token = live.tokens.access.clone();
        let problem = live.profile.problem.clone();
        if running {
            self.effects.push(Effect::Unlock);
        }
        for (waiter, _) in waiters {
            let result = problem.clone().map_or(Ok(Reply::Token(token.clone())), Err);
            self.answer(waiter, result);
        }
        self.changed |= before.access != token || !self.connected;
        self.connected = true;
        self.settle_start(Ok(Reply::Done));
    }

    /// The refresh failed for a reason that may pass: the session stays (C-75).
    fn refresh_failed(&mut self, problem: AuthError, now: Now) {
        let Phase::SignedIn(live) = &mut self.phase else {
            return;
        };
        live.refresh = Refresh::Idle;
        let token = live.valid_for(0, now).cloned();
        let waiters = core::mem::take(&mut live.waiters);
        live.setback = Some(Setback::after(live.setback.as_ref(), problem.clone(), now));
        self.effects.push(Effect::Unlock);
        for (waiter, fresh) in waiters {
            let result = token
                .clone()
                .filter(|_| !fresh)
                .map(Reply::Token)
                .ok_or_else(|| problem.clone());
            self.answer(waiter, result);
        }
        if core::mem::replace(&mut self.connected, !problem.code.retryable()) {
            self.effects.push(Effect::Emit(Notice::Error(problem)));
        }
        self.changed = true;
        self.settle_start(Ok(Reply::Done));
    }

    /// The answer to a refresh names another user or fails its checks: nothing of it is used, and the
    /// session ends (Core section 12.2, C-72).
    fn forged(&mut self, problem: AuthError, now: Now) {
        self.effects.push(Effect::Emit(Notice::Error(problem)));
        self.ended_here(EndReason::EndedByKeycloak, now);
    }

    /// The session is over: everywhere, once, with the reason (C-74).
    fn ended_here(&mut self, reason: EndReason, now: Now) {
        let flow = self.next_flow();
        if self.config.shared {
            // Nobody waits for this: if it fails, other tabs find out from Keycloak.
            self.effects
                .push(Effect::SaveRecord(flow, Record::Ended(reason).to_text()));
            self.effects.push(Effect::Announce);
        }
        self.ended_elsewhere(reason, now);
    }

    /// The session is over, and the other tabs know.
    pub(super) fn ended_elsewhere(&mut self, reason: EndReason, now: Now) {
        self.end(reason);
        if self.starter.is_none() {
            return;
        }
        // The page has only just been opened and knows of no session: as if there had been none.
        match self.config.on_load {
            OnLoad::Login | OnLoad::Check => self.as_on_load_says(now),
            OnLoad::Nothing => self.settle_start(Ok(Reply::Done)),
        }
    }
}
