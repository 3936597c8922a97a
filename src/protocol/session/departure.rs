//! Leaving for Keycloak, to log in or out, and what is looked at before: a browser that has left cannot
//! show a sentence of ours any more, so what can be known to fail is found here.

use super::start::Otherwise;
use super::{
    Asked, Effect, Flow, Framed, Navigations, Notice, Now, Outcome, Phase, Reply, Session, Waiter,
};
use crate::protocol::attempt::{Attempt, Entropy, Purpose};
use crate::protocol::authorization_request::{self, LoginOptions, Prompt};
use crate::protocol::end_session::{self, LogoutOptions};
use crate::protocol::http::{Answer, NetworkFailure, Request};
use crate::protocol::record::EndReason;
use crate::protocol::secret::IdToken;
use crate::protocol::url::return_url;
use crate::protocol::{AuthError, Config, ErrorCode, metadata, token};

/// Automatic navigations in a row that may fail before the loop is broken.
const MAX_AUTOMATIC: u8 = 2;

/// One departure.
pub struct Departure {
    /// Its flow.
    pub flow: Flow,
    /// When it has taken too long, on the monotonic clock; set once the browser was told to leave.
    pub deadline: Option<i64>,
    waiter: Option<Waiter>,
    purpose: Purposes,
}

enum Purposes {
    Login(Box<Login>),
    Logout {
        attempt: Attempt,
        hint: IdToken,
        state: String,
        removed: bool,
    },
    Return,
}

struct Login {
    options: LoginOptions,
    automatic: bool,
    metadata: bool,
    keys: bool,
    /// Look first whether Keycloak would come back at all: the last time it did not.
    doubtful: bool,
    /// Only to explain why the user came back without an answer.
    only_looking: bool,
}

impl Departure {
    /// To another page of our own, after a login that began there.
    pub fn returning(flow: Flow, waiter: Option<Waiter>, config: &Config, now: Now) -> Self {
        let deadline = Some(now.monotonic + config.navigation_timeout);
        Departure {
            flow,
            deadline,
            waiter,
            purpose: Purposes::Return,
        }
    }

    /// Whether somebody is about to sign in.
    pub fn is_login(&self) -> bool {
        matches!(&self.purpose, Purposes::Login(_))
    }
}

impl Session {
    /// Leaves without being asked to, at most twice in a row without success.
    pub(super) fn leave_automatically(&mut self, options: LoginOptions, now: Now) {
        let starter = self.starter.take();
        let Some(navigations) = self.navigations else {
            // Without a memory of its navigations a tab could go round in circles.
            return self.departed(starter, Err(ErrorCode::StorageUnavailable.into()));
        };
        if navigations.automatic >= MAX_AUTOMATIC {
            // The user may try again by hand.
            self.remember(|navigations| navigations.automatic = 0);
            return self.departed(starter, Err(ErrorCode::LoginLoop.into()));
        }
        self.prepare_login(options, true, starter, now);
    }

    pub(super) fn login(
        &mut self,
        waiter: Waiter,
        mut options: LoginOptions,
        page: String,
        entropy: Option<Entropy>,
        now: Now,
    ) {
        let target = options.return_to.take().unwrap_or(page);
        match return_url(&target, &self.config.page_origin, &*self.resolve) {
            Ok(href) => options.return_to = Some(href),
            Err(problem) => return self.answer(waiter, Err(problem)),
        }
        if self.departure.as_ref().is_some_and(Departure::is_login) {
            // A double click: one login is under way.
            return self.answer(waiter, Ok(Reply::Done));
        }
        self.entropy = entropy;
        self.prepare_login(options, false, Some(waiter), now);
    }

    fn prepare_login(
        &mut self,
        options: LoginOptions,
        automatic: bool,
        waiter: Option<Waiter>,
        now: Now,
    ) {
        let doubtful = self.navigations.is_some_and(|known| known.unanswered);
        self.begin(options, automatic, doubtful, false, waiter, now);
    }

    fn begin(
        &mut self,
        options: LoginOptions,
        automatic: bool,
        doubtful: bool,
        only_looking: bool,
        waiter: Option<Waiter>,
        _now: Now,
    ) {
        let flow = self.next_flow();
        let metadata_url = [&self.config.issuer, "/.well-known/openid-configuration"].concat();
        self.effects.push(Effect::Send(
            flow,
            Asked::Metadata,
            Request {
                url: metadata_url,
                form: None,
            },
        ));
        self.ask_keys(flow);
        let login = Login {
            options,
            automatic,
            metadata: false,
            keys: false,
            doubtful,
            only_looking,
        };
        self.departure = Some(Departure {
            flow,
            deadline: None,
            waiter,
            purpose: Purposes::Login(Box::new(login)),
        });
        self.changed = true;
    }

    pub(super) fn departure_done(&mut self, outcome: Outcome, now: Now) {
        let Some(departure) = &mut self.departure else {
            return;
        };
        let flow = departure.flow;
        match (&mut departure.purpose, outcome) {
            (Purposes::Login(_), Outcome::Answered(asked, result)) => {
                self.looked(flow, asked, result, now)
            }
            (Purposes::Login(_), Outcome::Reached(there)) => {
                let code = if there {
                    ErrorCode::RealmNotFound
                } else {
                    ErrorCode::KeycloakUnreachable
                };
                self.give_up(code.into());
            }
            (Purposes::Login(login), Outcome::Framed(Framed::Stayed)) => {
                login.doubtful = false;
                self.effects.push(Effect::Send(
                    flow,
                    Asked::Client,
                    token::probe_request(&self.config),
                ));
            }
            (Purposes::Login(login), Outcome::Framed(_)) => {
                login.doubtful = false;
                self.ready(flow, now);
            }
            (Purposes::Login(_), Outcome::Stored(true)) => self.navigate(now),
            (Purposes::Login(_), Outcome::Stored(false)) => {
                self.give_up(ErrorCode::StorageUnavailable.into())
            }
            (
                Purposes::Logout {
                    removed,
                    attempt,
                    state,
                    ..
                },
                Outcome::Stored(_),
            ) => match core::mem::replace(removed, true) {
                false => {
                    let (state, text) = (state.clone(), attempt.to_text());
                    self.effects.push(Effect::Announce);
                    self.effects.push(Effect::SaveAttempt(flow, state, text));
                }
                true => self.navigate(now),
            },
            _ => {}
        }
    }

    /// One of the looks at Keycloak came back.
    fn looked(
        &mut self,
        flow: Flow,
        asked: Asked,
        result: Result<Answer, NetworkFailure>,
        now: Now,
    ) {
        let answer = match (result, asked) {
            (Ok(answer), _) => answer,
            (Err(_), Asked::Client) => return self.give_up(ErrorCode::WebOriginMissing.into()),
            // A missing realm is answered without CORS headers, which looks like no answer at all.
            (Err(NetworkFailure::Unreachable), Asked::Metadata) => {
                let url = [&self.config.authority, "/"].concat();
                return self.effects.push(Effect::Reach(flow, url));
            }
            (Err(NetworkFailure::Unreachable), _) => return,
            (Err(NetworkFailure::TimedOut), _) => {
                return self.give_up(ErrorCode::KeycloakUnreachable.into());
            }
            (Err(failure), _) => return self.give_up(failure.into()),
        };
        let checked = match asked {
            Asked::Metadata if answer.status == 404 => Err(ErrorCode::RealmNotFound.into()),
            Asked::Metadata => metadata::check(&answer, &self.config.issuer),
            Asked::Keys => self.take_keys(&answer),
            Asked::Client if token::is_client_unknown(&answer) => {
                Err(ErrorCode::ClientUnknown.into())
            }
            Asked::Client => Err(ErrorCode::RedirectUriRefused.into()),
            Asked::Tokens => return,
        };
        if let Err(problem) = checked {
            // Keys of a server that is another one than meant explain nothing; its metadata does.
            return self.give_up(problem);
        }
        let Some(Departure {
            purpose: Purposes::Login(login),
            ..
        }) = &mut self.departure
        else {
            return;
        };
        match asked {
            Asked::Metadata => login.metadata = true,
            _ => login.keys = true,
        }
        if login.metadata && login.keys {
            self.ready(flow, now);
        }
    }

    /// Keycloak is there and is the right one.
    fn ready(&mut self, flow: Flow, now: Now) {
        self.connected = true;
        let Some(Departure {
            purpose: Purposes::Login(login),
            waiter,
            ..
        }) = &mut self.departure
        else {
            return;
        };
        let Some(entropy) = self.entropy.as_ref() else {
            return self.give_up(ErrorCode::RandomnessUnavailable.into());
        };
        let (verifier, state, nonce) = (
            entropy.verifier(),
            entropy.state(&self.tag),
            entropy.nonce(),
        );
        if login.doubtful {
            // Asked silently, Keycloak answers at once, without a page unless it refuses the request. This
            // state is stored nowhere, so nothing can be made of the answer.
            let options = LoginOptions {
                prompt: Some(Prompt::None),
                ..LoginOptions::default()
            };
            let url = authorization_request::url(
                &self.config,
                &options,
                &verifier,
                "otrs-auth-look",
                &nonce,
            );
            return self.effects.push(Effect::Frame(flow, url));
        }
        if login.only_looking {
            let waiter = waiter.take();
            self.departure = None;
            self.changed = true;
            return self.departed(waiter, Ok(Reply::Done));
        }
        let silent = login.options.prompt == Some(Prompt::None);
        let return_to = login.options.return_to.clone().unwrap_or_default();
        let purpose = Purpose::Login {
            verifier,
            nonce,
            silent,
        };
        let attempt = Attempt::new(&self.config, purpose, return_to, now.wall);
        self.effects
            .push(Effect::SaveAttempt(flow, state, attempt.to_text()));
    }

    /// Everything is stored: go.
    fn navigate(&mut self, now: Now) {
        let entropy = self.entropy.take();
        let Some(departure) = &mut self.departure else {
            return;
        };
        departure.deadline = Some(now.monotonic + self.config.navigation_timeout);
        let url = match &departure.purpose {
            Purposes::Return => return,
            Purposes::Logout {
                attempt,
                hint,
                state,
                ..
            } => end_session::url(&self.config, hint, &attempt.redirect_uri, state),
            Purposes::Login(login) => {
                let Some(entropy) = entropy else { return };
                let (verifier, state, nonce) = (
                    entropy.verifier(),
                    entropy.state(&self.tag),
                    entropy.nonce(),
                );
                let automatic = login.automatic;
                let url = authorization_request::url(
                    &self.config,
                    &login.options,
                    &verifier,
                    &state,
                    &nonce,
                );
                self.remember(|navigations| {
                    navigations.unanswered = true;
                    navigations.automatic = if automatic {
                        navigations.automatic.saturating_add(1)
                    } else {
                        0
                    };
                });
                url
            }
        };
        self.effects.push(Effect::Leave(url));
    }

    pub(super) fn logout(
        &mut self,
        waiter: Waiter,
        options: LogoutOptions,
        entropy: Option<Entropy>,
        now: Now,
    ) {
        let target = options
            .return_to
            .unwrap_or_else(|| self.config.post_logout_redirect_uri.clone());
        let return_to = match return_url(&target, &self.config.page_origin, &*self.resolve) {
            Ok(href) => href,
            Err(problem) => return self.answer(waiter, Err(problem)),
        };
        let Phase::SignedIn(live) = &mut self.phase else {
            // Logged out already: nothing to wipe, nothing to ask (C-94).
            return self.answer(waiter, Ok(Reply::Done));
        };
        let hint = live.tokens.id.clone();
        let state = entropy
            .map(|entropy| entropy.state(&self.tag))
            .unwrap_or_default();
        let purpose = Purpose::Logout {
            switch_user: options.switch_user,
        };
        let mut attempt = Attempt::new(&self.config, purpose, return_to.clone(), now.wall);
        attempt.redirect_uri = return_to;
        // First the local state, then the server: whatever comes, this browser is signed out (C-90).
        self.end(EndReason::LoggedOut);
        let flow = self.next_flow();
        let purpose = Purposes::Logout {
            attempt,
            hint,
            state,
            removed: false,
        };
        self.departure = Some(Departure {
            flow,
            deadline: None,
            waiter: Some(waiter),
            purpose,
        });
        match self.config.shared {
            true => self.effects.push(Effect::RemoveRecord(flow)),
            false => self.departure_done(Outcome::Stored(true), now),
        }
    }

    /// Gives the tokens up and tells everybody who waits for one.
    pub(super) fn end(&mut self, reason: EndReason) {
        let before = core::mem::replace(&mut self.phase, Phase::Ended(reason));
        if let Phase::SignedIn(live) = before {
            if live.refreshing().is_some() {
                self.effects.push(Effect::Unlock);
            }
            for (waiter, _) in live.waiters {
                self.answer(
                    waiter,
                    Err(AuthError::about(ErrorCode::SessionEnded, reason.name())),
                );
            }
            self.effects.push(Effect::Emit(Notice::Ended));
        }
        self.changed = true;
    }

    fn give_up(&mut self, problem: AuthError) {
        let waiter = self.departure.take().and_then(|departure| departure.waiter);
        self.changed = true;
        if matches!(
            problem.code,
            ErrorCode::KeycloakUnreachable | ErrorCode::ServerError | ErrorCode::RateLimited
        ) {
            self.connected = false;
        }
        self.departed(waiter, Err(problem));
    }

    fn departed(&mut self, waiter: Option<Waiter>, result: Result<Reply, AuthError>) {
        self.changed = true;
        match (waiter, result) {
            (Some(waiter), result) => self.answer(waiter, result),
            (None, Err(problem)) => self.effects.push(Effect::Emit(Notice::Error(problem))),
            (None, Ok(_)) => {}
        }
    }

    /// The browser should be gone by now.
    pub(super) fn departure_timer(&mut self, now: Now) {
        let late = |departure: &Departure| departure.deadline.is_some_and(|at| at <= now.monotonic);
        if !self.departure.as_ref().is_some_and(late) {
            return;
        }
        let Some(departure) = self.departure.take() else {
            return;
        };
        let result = match departure.purpose {
            Purposes::Return => Ok(Reply::Done),
            _ => Err(ErrorCode::NavigationFailed.into()),
        };
        self.departed(departure.waiter, result);
    }

    /// The user came back by the Back button and the page woke up as it was. If that was from a page on
    /// which Keycloak refused, the reason is found and told; nothing leaves again by itself.
    pub(super) fn restored(&mut self, now: Now) {
        let left = self
            .departure
            .as_ref()
            .is_some_and(|departure| departure.deadline.is_some());
        if left && let Some(departure) = self.departure.take() {
            self.changed = true;
            match departure.purpose {
                Purposes::Login(login) => {
                    self.remember(|navigations| navigations.automatic = 0);
                    self.begin(login.options, false, true, true, departure.waiter, now);
                }
                _ => self.departed(departure.waiter, Ok(Reply::Done)),
            }
        }
        match self.phase {
            Phase::SignedOut | Phase::Ended(_) if self.departure.is_none() => {
                self.restore(Otherwise::SignedOut, now)
            }
            _ => self.record_changed(),
        }
    }

    /// Changes what this tab remembers.
    pub(super) fn remember(&mut self, change: impl FnOnce(&mut Navigations)) {
        if let Some(navigations) = &mut self.navigations {
            change(navigations);
            self.effects.push(Effect::SaveNavigations(*navigations));
        }
    }
}
