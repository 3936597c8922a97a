//! A code becomes a session: the answer is held against its attempt, exchanged once, and checked.

use super::departure::Departure;
use super::start::Otherwise;
use super::validation::Validation;
use super::{Asked, Flow, Live, Now, Outcome, Phase, Place, Reply, Session};
use crate::protocol::attempt::Attempt;
use crate::protocol::callback::{Callback, Verdict};
use crate::protocol::http::{Answer, NetworkFailure};
use crate::protocol::{AuthError, ErrorCode, keys, token};

/// One answer on its way.
pub struct Exchange {
    /// Its flow.
    pub flow: Flow,
    callback: Option<Callback>,
    /// The login that it belongs to, once that is known.
    pub attempt: Option<Attempt>,
}

impl Exchange {
    /// Of this callback.
    pub fn new(flow: Flow, callback: Callback) -> Box<Self> {
        Box::new(Exchange { flow, callback: Some(callback), attempt: None })
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
            Outcome::Read(Place::Attempt(_), text) => self.attempt_taken(text, now),
            Outcome::Read(_, text) => self.keys = text.and_then(|text| keys::parse(text.as_bytes())),
            Outcome::Answered(Asked::Tokens, result) => self.code_answered(result, now),
            Outcome::Answered(asked, result) => self.why_unanswered(asked, result.is_ok(), now),
            _ => {}
        }
    }

    fn attempt_taken(&mut self, text: Option<String>, now: Now) {
        let Some(callback) = self.exchange().and_then(|exchange| exchange.callback.take()) else { return };
        let Some(attempt) = text.as_deref().and_then(Attempt::from_text) else {
            return self.refused(ErrorCode::CallbackUnsolicited.into(), now);
        };
        // Told to the page that the user comes back to, which may be another one.
        self.action = callback.action();
        let action = self.action;
        self.remember(|navigations| {
            navigations.unanswered = false;
            navigations.action = action;
        });
        self.wanted = attempt.get("return_to").to_owned();
        self.demanding = attempt.is("demands");
        let verdict = callback.check(&attempt, &self.config, now.wall);
        let login_again = match verdict {
            // Asked once more, Keycloak would sign in as before and without what was asked for.
            Ok(Verdict::Retry) if self.demanding => {
                return self.refused(ErrorCode::LoginInterrupted.into(), now);
            }
            Ok(Verdict::Retry | Verdict::LoggedOut { switch_user: true }) => true,
            Ok(Verdict::Code(code, verifier)) => {
                let request = token::code_request(&self.config, &attempt, &code, &verifier);
                if let Some(exchange) = self.exchange() {
                    exchange.attempt = Some(attempt);
                    let flow = exchange.flow;
                    self.send_grant(flow, request, now);
                }
                return;
            }
            Ok(Verdict::Nobody) => {
                self.remember(|navigations| {
                    navigations.known_anonymous = true;
                    navigations.automatic = 0;
                });
                self.phase = Phase::SignedOut;
                return self.back_or_on(Otherwise::SignedOut, now);
            }
            Ok(Verdict::LoggedOut { .. }) => return self.restore(Otherwise::LoggedOut(attempt.created()), now),
            Err(problem) => return self.refused(problem, now),
        };
        if login_again {
            self.phase = Phase::SignedOut;
            // It stays wanted where the browser does not leave.
            let wanted = self.wanted.clone();
            self.leave_automatically(&wanted, false);
        }
    }

    /// Back to the page that the login began on, if that is another one than this; else on.
    pub(super) fn back_or_on(&mut self, otherwise: Otherwise, now: Now) {
        if self.come_back() {
            self.departure = Some(Departure::returning(self.starter.take().into_iter().collect(), &self.config, now));
        } else if matches!(self.phase, Phase::SignedIn(_)) {
            self.settle_start(Ok(Reply::Done));
        } else {
            self.restore(otherwise, now);
        }
    }

    /// The answer is no good. A session that another tab has goes on undisturbed.
    pub(super) fn refused(&mut self, problem: AuthError, now: Now) {
        self.restore(Otherwise::Problem(problem), now);
    }

    /// The browser hides the answer to a token request from an origin that is no web origin of the client, while
    /// anybody may read the keys. So a harmless request to the token endpoint, then one for the keys, tell a
    /// passing trouble, a missing web origin and a dead server apart.
    fn why_unanswered(&mut self, asked: Asked, answered: bool, now: Now) {
        let code = match (asked, answered) {
            (Asked::Client, false) => {
                if let Some(flow) = self.exchange().map(|exchange| exchange.flow) {
                    self.ask_keys(flow);
                }
                return;
            }
            (Asked::Keys, true) => ErrorCode::WebOriginMissing,
            _ => ErrorCode::KeycloakUnreachable,
        };
        self.refused(code.into(), now);
    }

    fn code_answered(&mut self, result: Result<Answer, NetworkFailure>, now: Now) {
        let Some(flow) = self.exchange().map(|exchange| exchange.flow) else { return };
        let answer = match result {
            Ok(answer) => answer,
            Err(NetworkFailure::Unreachable) => {
                let request = token::probe_request(&self.config);
                return self.effects.push(super::Effect::Send(flow, Asked::Client, request));
            }
            Err(failure) => return self.refused(failure.into(), now),
        };
        match token::read(&answer, ErrorCode::CodeRefused, self.config.dpop(), now) {
            Ok(tokens) => {
                // Before other tabs hear of it: a session that they believe to be unused since yesterday they would end.
                self.used_now(now);
                self.validation = Some(Validation::new(flow, tokens, true, now));
                self.validate(now);
            }
            Err(problem) => self.refused(problem, now),
        }
    }

    /// The tokens of a login are stored.
    pub(super) fn signed_in(&mut self, live: Box<Live>, now: Now) {
        self.phase = Phase::SignedIn(live);
        self.changed = true;
        self.back_or_on(Otherwise::SignedOut, now);
    }
}
