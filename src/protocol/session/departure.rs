//! Leaving for Keycloak, to log in or out.

use super::look::Login;
use super::start::Otherwise;
use super::{Access, Asked, Effect, Flow, Framed, Navigations, Notice, Now, Outcome, Phase, Place, Reply};
use super::{Session, Waiter};
use crate::protocol::attempt::{Entropy, expired_states};
use crate::protocol::authorization_request;
use crate::protocol::fields::Fields;
use crate::protocol::http::Method;
use crate::protocol::url::return_url;
use crate::protocol::{AuthError, Config, ErrorCode, token};

/// Automatic navigations in a row that may fail before the loop is broken.
const MAX_AUTOMATIC: u8 = 2;

/// One departure.
pub struct Departure {
    /// Its flow.
    pub flow: Flow,
    /// When it has taken too long, on the monotonic clock; set once the browser was told to leave.
    pub deadline: Option<i64>,
    /// Settled if the browser does not leave.
    pub waiters: Vec<Waiter>,
    /// The login, unless it is a log-out or a way back.
    pub login: Option<Box<Login>>,
    /// Where to, once everything is stored.
    pub url: String,
    /// The record has to be removed once more, of a log-out.
    pub wipe: bool,
    /// What has to be stored first, of the tries after the first.
    pub attempt: Option<(String, String)>,
}

impl Departure {
    /// To another page of our own, after a login that began there.
    pub fn returning(waiters: Vec<Waiter>, config: &Config, now: Now) -> Box<Self> {
        let deadline = Some(now.monotonic + config.navigation_timeout);
        Box::new(Departure { flow: 0, deadline, waiters, login: None, url: String::new(), wipe: false, attempt: None })
    }

    /// Whether somebody is about to sign in.
    pub fn is_login(&self) -> bool {
        self.login.is_some()
    }
}

impl Session {
    /// Leaves without being asked to, at most twice in a row without success.
    pub(super) fn leave_automatically(&mut self, return_to: &str, silent: bool) {
        let starter: Vec<Waiter> = self.starter.take().into_iter().collect();
        let problem = match self.navigations {
            Some(navigations) if navigations.automatic < MAX_AUTOMATIC => {
                let mut options = Fields::default();
                options.put("returnTo", return_to);
                if silent {
                    options.put("prompt", "none");
                }
                return self.prepare_login(options, true, navigations.unanswered, false, starter);
            }
            // The user may try again by hand.
            Some(_) => ErrorCode::LoginLoop,
            // Without a memory of its navigations a tab could go round in circles.
            None => ErrorCode::StorageUnavailable,
        };
        self.remember(|navigations| navigations.automatic = 0);
        self.departed(starter, Err(problem.into()));
    }

    pub(super) fn login(&mut self, waiter: Waiter, mut options: Fields, page: &str, entropy: Option<Box<Entropy>>) {
        let target = options.get("returnTo").unwrap_or(page);
        match return_url(target, &self.config.page_origin, &*self.resolve) {
            Ok(href) => options.put("returnTo", &href),
            Err(problem) => return self.answer(waiter, Err(problem)),
        }
        #[cfg(feature = "full")]
        self.stop_asking_in_frame();
        let mut waiters = Vec::new();
        if let Some(departure) = &mut self.departure {
            if !departure.login.as_ref().is_some_and(|login| login.only_looking) {
                // A double click: the browser is leaving already.
                return departure.waiters.push(waiter);
            }
            waiters = core::mem::take(&mut departure.waiters);
        }
        waiters.push(waiter);
        self.entropy = entropy;
        let doubtful = self.navigations.is_some_and(|known| known.unanswered);
        self.prepare_login(options, false, doubtful, false, waiters);
    }

    fn prepare_login(
        &mut self,
        options: Fields,
        automatic: bool,
        doubtful: bool,
        only_looking: bool,
        waiters: Vec<Waiter>,
    ) {
        let flow = self.next_flow();
        let login = Some(Login::new(options, automatic, doubtful, only_looking));
        let departure =
            Departure { flow, deadline: None, waiters, login, url: String::new(), wipe: false, attempt: None };
        self.departure = Some(Box::new(departure));
        self.changed = true;
        if self.framed {
            // Keycloak refuses to be framed, and what is around us could hide what the user clicks on.
            return self.give_up(ErrorCode::PageFramed.into());
        }
        if !only_looking {
            // It is there when the looks are over.
            self.effects.push(Effect::Connect(self.config.authority.clone()));
        }
        let metadata_url = [&self.config.issuer, "/.well-known/openid-configuration"].concat();
        self.send(flow, Asked::Metadata, metadata_url, Method::Get);
        self.ask_keys(flow);
        #[cfg(feature = "full")]
        if self.config.dpop() != crate::protocol::config::Dpop::Off && !only_looking {
            self.prepare_proofs(flow);
        }
    }

    pub(super) fn departure_done(&mut self, outcome: Outcome, now: Now) {
        #[cfg(feature = "full")]
        if let Some(flow) = self.departure.as_ref().map(|departure| departure.flow)
            && self.prepared(flow, &outcome, now)
        {
            return;
        }
        let Some(departure) = &mut self.departure else { return };
        let flow = departure.flow;
        match outcome {
            Outcome::Answered(asked, result) => self.looked(flow, asked, result, now),
            Outcome::Framed(framed) => {
                if let Some(login) = &mut departure.login {
                    login.doubtful = false;
                }
                match framed {
                    Framed::Stayed => {
                        let request = token::probe_request(&self.config);
                        self.effects.push(Effect::Send(flow, Asked::Client, request));
                    }
                    _ => self.ready(flow, now),
                }
            }
            #[cfg(feature = "full")]
            Outcome::FrameAnswer(answer) => self.frame_answered(flow, &answer, now),
            Outcome::Stored(false) | Outcome::NoStore if departure.login.is_some() => {
                self.give_up(ErrorCode::StorageUnavailable.into());
            }
            Outcome::Stored(_) | Outcome::NoStore if core::mem::take(&mut departure.wipe) => {
                self.store(flow, Place::Record, Access::Remove);
            }
            // Of a log-out first the record is removed, then the attempt stored.
            Outcome::Stored(_) | Outcome::NoStore => match departure.attempt.take() {
                Some((state, text)) => {
                    self.save_attempt(flow, state, text, now);
                }
                None => self.navigate(now),
            },
            _ => {}
        }
    }

    /// Stores an attempt, and removes those that nobody will come back to.
    pub(super) fn save_attempt(&mut self, flow: Flow, state: String, text: String, now: Now) {
        let [from, to] = expired_states(&self.tag, now.wall);
        let nobody = self.next_flow();
        self.store(nobody, Place::Attempt(from), Access::RemoveUpTo(to));
        self.store(flow, Place::Attempt(state), Access::Save(text));
    }

    /// Everything is stored: go.
    fn navigate(&mut self, now: Now) {
        #[cfg(feature = "full")]
        if self.ask_in_frame() {
            return;
        }
        // Used up: another login needs other bytes.
        self.entropy = None;
        let Some(departure) = &mut self.departure else { return };
        departure.deadline = Some(now.monotonic + self.config.navigation_timeout);
        let in_turn = departure.login.is_some();
        self.effects.push(Effect::Leave(core::mem::take(&mut departure.url), in_turn));
        if let Some(login) = &departure.login {
            let automatic = login.automatic;
            self.remember(|navigations| {
                navigations.unanswered = true;
                navigations.automatic = if automatic { navigations.automatic.saturating_add(1) } else { 0 };
                navigations.since = now.wall;
            });
        }
    }

    pub(super) fn give_up(&mut self, problem: AuthError) {
        let Some(departure) = self.departure.take() else { return };
        if problem.code().retryable() {
            self.connected = false;
        }
        let only_asking =
            departure.login.is_some_and(|login| login.automatic && authorization_request::is_silent(&login.options));
        if only_asking {
            // The page works without; that Keycloak cannot be asked is no reason to refuse it a session.
            self.departed(departure.waiters, Ok(Reply::Done));
            return self.departed(Vec::new(), Err(problem));
        }
        self.departed(departure.waiters, Err(problem));
    }

    /// The browser does not leave.
    pub(super) fn departed(&mut self, waiters: Vec<Waiter>, result: Result<Reply, AuthError>) {
        self.changed = true;
        if let Err(problem) = &result
            && waiters.is_empty()
        {
            self.notices.push(Effect::Emit(Notice::Error(problem.clone())));
        }
        for waiter in waiters {
            self.answer(waiter, result.clone());
        }
    }

    /// The browser should be gone by now.
    pub(super) fn departure_timer(&mut self, now: Now) {
        let late = |departure: &Departure| departure.deadline.is_some_and(|at| at <= now.monotonic);
        if !self.departure.as_ref().is_some_and(|departure| late(departure)) {
            return;
        }
        let Some(departure) = self.departure.take() else { return };
        let result = match self.phase {
            // The session is here, only the page that the user came from is not.
            Phase::SignedIn(_) if departure.login.is_none() => Ok(Reply::Done),
            _ => Err(ErrorCode::NavigationFailed.into()),
        };
        self.departed(departure.waiters, result);
    }

    /// The user came back by the Back button and the page woke up as it was. If that was from a page on
    /// which Keycloak refused, the reason is found and told; nothing leaves again by itself.
    pub(super) fn restored(&mut self, entropy: Option<Box<Entropy>>, now: Now) {
        let left = self.departure.take_if(|departure| departure.deadline.is_some());
        if let Some(departure) = left {
            match departure.login {
                Some(login) => {
                    self.remember(|navigations| navigations.automatic = 0);
                    self.entropy = entropy;
                    self.prepare_login(login.options, false, true, true, departure.waiters);
                }
                None => self.departed(departure.waiters, Ok(Reply::Done)),
            }
        }
        match self.phase {
            Phase::SignedOut | Phase::Ended(_) if self.departure.is_none() => self.restore(Otherwise::SignedOut, now),
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
