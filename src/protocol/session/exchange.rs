//! A code becomes a session: the answer is held against its attempt, exchanged once, and checked.

use super::departure::Departure;
use super::start::Otherwise;
use super::validation::{Next, Origin, Validation};
use super::{Asked, Effect, Flow, Live, Now, Outcome, Phase, Reply, Session};
use crate::protocol::attempt::{Attempt, Purpose};
use crate::protocol::authorization_request::LoginOptions;
use crate::protocol::callback::{Callback, Verdict};
use crate::protocol::http::{Answer, NetworkFailure};
use crate::protocol::id_token::IdClaims;
use crate::protocol::record::{Record, Tokens};
use crate::protocol::{AuthError, ErrorCode, keys, token};

/// One answer on its way.
pub struct Exchange {
    pub flow: Flow,
    callback: Option<Callback>,
    attempt: Option<Attempt>,
    validation: Option<Validation>,
    /// The session, while it is being stored.
    accepted: Option<Live>,
    /// The keys are being asked for, and not for the first time.
    keys_under_way: bool,
    /// The token request found no answer; the key request tells whether Keycloak is there at all.
    unanswered: bool,
}

impl Exchange {
    pub fn new(flow: Flow, callback: Callback) -> Self {
        Exchange {
            flow,
            callback: Some(callback),
            attempt: None,
            validation: None,
            accepted: None,
            keys_under_way: false,
            unanswered: false,
        }
    }
}

impl Session {
    fn exchange(&mut self) -> Option<&mut Exchange> {
        match &mut self.phase {
            Phase::Answering(exchange) => Some(exchange),
            _ => None,
        }
    }

    pub(super) fn exchange_done(&mut self, outcome: Outcome, now: Now) {
        match outcome {
            Outcome::Keys(text) => {
                self.keys = text.and_then(|text| keys::parse(text.as_bytes()));
                self.exchange_goes_on(now);
            }
            Outcome::Attempt(text) => self.attempt_taken(text, now),
            Outcome::Answered(Asked::Tokens, result) => self.tokens_answered(result, now),
            Outcome::Answered(Asked::Keys, result) => self.keys_answered(result, now),
            Outcome::ServerTime(time) => {
                if let Some(time) = time {
                    self.clock_offset = time - now.wall;
                }
                self.exchange_goes_on(now);
            }
            Outcome::Signature(right) => {
                if let Some(validation) = self
                    .exchange()
                    .and_then(|exchange| exchange.validation.as_mut())
                {
                    validation.signature(right);
                }
                self.exchange_goes_on(now);
            }
            // A session that cannot be shared is still a session of this page.
            Outcome::Stored(_) => self.exchange_stored(now),
            _ => {}
        }
    }

    fn attempt_taken(&mut self, text: Option<String>, now: Now) {
        let Some(callback) = self
            .exchange()
            .and_then(|exchange| exchange.callback.take())
        else {
            return;
        };
        let Some(attempt) = text.as_deref().and_then(Attempt::from_text) else {
            return self.restore(
                Otherwise::Problem(ErrorCode::CallbackUnsolicited.into()),
                now,
            );
        };
        self.remember(|navigations| navigations.unanswered = false);
        match callback.check(&attempt, &self.config, now.wall) {
            Ok(Verdict::Code(code)) => {
                let Purpose::Login { verifier, .. } = &attempt.purpose else {
                    return;
                };
                let request = token::code_request(&self.config, &attempt, &code, verifier);
                if let Some(exchange) = self.exchange() {
                    exchange.attempt = Some(attempt);
                    let flow = exchange.flow;
                    self.effects
                        .push(Effect::Send(flow, Asked::Tokens, request));
                }
            }
            Ok(Verdict::Retry) => {
                let return_to = Some(attempt.return_to);
                self.phase = Phase::SignedOut;
                self.leave_automatically(
                    LoginOptions {
                        return_to,
                        ..LoginOptions::default()
                    },
                    now,
                );
            }
            Ok(Verdict::Nobody) => {
                self.remember(|navigations| {
                    navigations.known_anonymous = true;
                    navigations.automatic = 0;
                });
                self.back_without_session(&attempt.return_to, Otherwise::SignedOut, now);
            }
            Ok(Verdict::LoggedOut { switch_user: true }) => {
                let return_to = Some(attempt.return_to);
                self.phase = Phase::SignedOut;
                self.leave_automatically(
                    LoginOptions {
                        return_to,
                        ..LoginOptions::default()
                    },
                    now,
                );
            }
            Ok(Verdict::LoggedOut { switch_user: false }) => {
                self.restore(Otherwise::LoggedOut, now)
            }
            Err(problem) => self.refused(problem, now),
        }
    }

    /// The attempt is over and brought no session: the user goes back to the page they came from.
    fn back_without_session(&mut self, return_to: &str, otherwise: Otherwise, now: Now) {
        self.phase = Phase::SignedOut;
        match self.come_back(return_to) {
            true => {
                self.departure = Some(Departure::returning(
                    self.flows,
                    self.starter.take(),
                    &self.config,
                    now,
                ))
            }
            false => self.restore(otherwise, now),
        }
    }

    /// The answer is no good. A session that another tab has goes on undisturbed.
    fn refused(&mut self, problem: AuthError, now: Now) {
        let attempt = self.exchange().and_then(|exchange| exchange.attempt.take());
        if let Some(attempt) = attempt {
            // Another try then leads to where the user wanted to go.
            self.page = attempt.return_to;
        }
        self.restore(Otherwise::Problem(problem), now);
    }

    fn tokens_answered(&mut self, result: Result<Answer, NetworkFailure>, now: Now) {
        let answer = match result {
            Ok(answer) => answer,
            Err(NetworkFailure::Unreachable) => {
                if let Some(exchange) = self.exchange() {
                    exchange.unanswered = true;
                    let flow = exchange.flow;
                    self.ask_keys(flow);
                }
                return;
            }
            Err(failure) => return self.refused(failure.into(), now),
        };
        let tokens = match token::read(&answer, ErrorCode::CodeRefused) {
            Ok(tokens) if tokens.id.is_none() => {
                return self.refused(ErrorCode::IdTokenMissing.into(), now);
            }
            Ok(tokens) => tokens,
            Err(problem) => return self.refused(problem, now),
        };
        let Some(exchange) = self.exchange() else {
            return;
        };
        let Some(Attempt {
            purpose: Purpose::Login { nonce, .. },
            created,
            ..
        }) = &exchange.attempt
        else {
            return;
        };
        let origin = Origin::Login {
            nonce: nonce.clone(),
            began: *created,
        };
        exchange.validation = Some(Validation::new(tokens, origin, now));
        self.exchange_goes_on(now);
    }

    fn keys_answered(&mut self, result: Result<Answer, NetworkFailure>, now: Now) {
        let Some(exchange) = self.exchange() else {
            return;
        };
        exchange.keys_under_way = false;
        if exchange.unanswered {
            // The browser hides the answer to a token request from an origin that is no web origin of the
            // client, while anybody may read the keys: that tells the two apart.
            let code = if result.is_ok() {
                ErrorCode::WebOriginMissing
            } else {
                ErrorCode::KeycloakUnreachable
            };
            return self.refused(code.into(), now);
        }
        if let Some(validation) = exchange.validation.as_mut() {
            validation.keys_are_new();
        }
        match result
            .map_err(AuthError::from)
            .and_then(|answer| self.take_keys(&answer))
        {
            Ok(()) => self.exchange_goes_on(now),
            Err(problem) => self.refused(problem, now),
        }
    }

    /// Takes the ID token as far through its checks as the things on hand allow.
    fn exchange_goes_on(&mut self, now: Now) {
        let Phase::Answering(exchange) = &mut self.phase else {
            return;
        };
        let Some(validation) = exchange.validation.as_mut() else {
            return;
        };
        if exchange.keys_under_way || exchange.accepted.is_some() {
            return;
        }
        let Some(token) = validation.answer.id.clone() else {
            return;
        };
        let flow = exchange.flow;
        match validation.next(&token, &self.config, self.keys.as_ref(), self.clock_offset) {
            Next::Accept(claims) => self.exchange_accepted(claims, now),
            Next::Refuse(problem) => self.refused(problem, now),
            // The cached keys were read beside the attempt: there are none.
            Next::ReadKeys | Next::AskKeys => {
                exchange.keys_under_way = true;
                self.ask_keys(flow);
            }
            Next::AskTime => self.effects.push(Effect::AskServerTime(flow)),
            Next::CheckSignature(parts) => self.effects.push(Effect::CheckSignature(flow, parts)),
        }
    }

    fn exchange_accepted(&mut self, claims: IdClaims, now: Now) {
        let Phase::Answering(exchange) = &mut self.phase else {
            return;
        };
        let Some(validation) = &exchange.validation else {
            return;
        };
        let Some(id) = validation.answer.id.clone() else {
            return;
        };
        let Some(Attempt {
            purpose: Purpose::Login { nonce, .. },
            ..
        }) = &exchange.attempt
        else {
            return;
        };
        let first = Known {
            id,
            subject: claims.subject,
            nonce: nonce.clone(),
            auth_time: claims.auth_time,
        };
        let tokens = tokens_of(&validation.answer, None, first, validation.received);
        match Live::new(tokens, &self.config, now) {
            Err(problem) => self.refused(problem, now),
            Ok(live) => {
                let text = Record::Live(live.tokens.clone()).to_text();
                exchange.accepted = Some(live);
                let flow = exchange.flow;
                match self.config.shared {
                    true => self.effects.push(Effect::SaveRecord(flow, text)),
                    false => self.exchange_stored(now),
                }
            }
        }
    }

    fn exchange_stored(&mut self, now: Now) {
        let Some(exchange) = self.exchange() else {
            return;
        };
        let Some(live) = exchange.accepted.take() else {
            return;
        };
        let return_to = exchange
            .attempt
            .take()
            .map(|attempt| attempt.return_to)
            .unwrap_or_default();
        self.phase = Phase::SignedIn(Box::new(live));
        self.changed = true;
        self.remember(|navigations| *navigations = super::Navigations::default());
        self.effects.push(Effect::Announce);
        match self.come_back(&return_to) {
            true => {
                self.departure = Some(Departure::returning(
                    self.flows,
                    self.starter.take(),
                    &self.config,
                    now,
                ))
            }
            false => self.settle_start(Ok(Reply::Done)),
        }
    }
}

/// What the ID token said, at the login or since.
pub struct Known {
    pub id: crate::protocol::secret::IdToken,
    pub subject: String,
    pub nonce: String,
    pub auth_time: Option<i64>,
}

/// Joins an answer with what is known of the user. `before` holds the tokens that it renews.
pub fn tokens_of(
    answer: &token::TokenAnswer,
    before: Option<&Tokens>,
    known: Known,
    received: Now,
) -> Tokens {
    Tokens {
        access: answer.access.clone(),
        // No new refresh token means that the old one stays (RFC 6749 section 6, C-71).
        refresh: answer
            .refresh
            .clone()
            .or_else(|| before.and_then(|tokens| tokens.refresh.clone())),
        id: known.id,
        subject: known.subject,
        nonce: known.nonce,
        auth_time: known.auth_time,
        expires_at: received.wall.saturating_add(answer.expires_in * 1000),
        lifetime: answer.expires_in * 1000,
        refresh_expires_at: answer
            .refresh_expires_in
            .map(|seconds| received.wall.saturating_add(seconds.saturating_mul(1000))),
    }
}
