//! Leaving for Keycloak, to log in or out, and what is looked at before: a browser that has left cannot
//! show a sentence of ours any more, so what can be known to fail is found here.

#[cfg(feature = "full")]
use super::preparation::Preparation;
use super::start::Otherwise;
use super::{Access, Asked, Effect, Flow, Framed, Navigations, Notice, Now, Outcome, Phase, Place, Reply};
use super::{Session, Waiter};
use crate::protocol::attempt::{Attempt, Entropy, expired_states};
use crate::protocol::authorization_request;
use crate::protocol::fields::Fields;
use crate::protocol::http::{Answer, Method, NetworkFailure};
use crate::protocol::url::return_url;
use crate::protocol::{AuthError, Config, ErrorCode, metadata, token};

/// Automatic navigations in a row that may fail before the loop is broken.
const MAX_AUTOMATIC: u8 = 2;

/// State and nonce of a look that nobody waits for the answer of.
const LOOK: &str = "otrs-auth-look";

/// The keys of the realm that every Keycloak has, readable from any origin.
const ANY_REALM: &str = "/realms/master/protocol/openid-connect/certs";

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

/// What a login looks at first.
pub struct Login {
    options: Fields,
    automatic: bool,
    metadata: bool,
    keys: bool,
    /// Look first whether Keycloak would come back at all: the last time it did not.
    doubtful: bool,
    /// Only to explain why the user came back without an answer.
    only_looking: bool,
    /// What later proofs of possession need.
    #[cfg(feature = "full")]
    pub proof: Preparation,
}

impl Login {
    /// Whether everything is here that it looks at.
    pub fn is_ready(&self) -> bool {
        #[cfg(feature = "full")]
        if self.proof.is_awaited() {
            return false;
        }
        self.metadata && self.keys
    }
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
        let login = Some(Box::new(Login {
            options,
            automatic,
            metadata: false,
            keys: false,
            doubtful,
            only_looking,
            #[cfg(feature = "full")]
            proof: Preparation::default(),
        }));
        let departure =
            Departure { flow, deadline: None, waiters, login, url: String::new(), wipe: false, attempt: None };
        self.departure = Some(Box::new(departure));
        self.changed = true;
        if self.framed {
            // Keycloak refuses to be framed, and what is around us could hide what the user clicks on.
            return self.give_up(ErrorCode::PageFramed.into());
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

    /// One of the looks at Keycloak came back.
    fn looked(&mut self, flow: Flow, asked: Asked, result: Result<Answer, NetworkFailure>, now: Now) {
        let answer = match (result, asked) {
            (reached, Asked::Reach) => return self.missed(reached.is_ok_and(|answer| answer.status == 200)),
            (Ok(answer), _) => answer,
            (Err(_), Asked::Client) => return self.give_up(ErrorCode::WebOriginMissing.into()),
            (Err(NetworkFailure::Unreachable), _) => {
                let url = [&self.config.authority, ANY_REALM].concat();
                return self.send(flow, Asked::Reach, url, Method::Get);
            }
            (Err(_), _) => return self.give_up(ErrorCode::KeycloakUnreachable.into()),
        };
        let checked = match asked {
            Asked::Metadata if answer.status == 404 => Err(ErrorCode::RealmNotFound.into()),
            Asked::Metadata => metadata::check(&answer, &self.config.issuer, self.config.dpop()),
            Asked::Keys => self.take_keys(&answer),
            _ if token::is_client_unknown(&answer) => Err(ErrorCode::ClientUnknown.into()),
            _ => Err(ErrorCode::RedirectUriRefused.into()),
        };
        if let Err(problem) = checked {
            return self.give_up(problem);
        }
        let Some(login) = self.departure.as_mut().and_then(|departure| departure.login.as_mut()) else { return };
        match asked {
            Asked::Metadata => login.metadata = true,
            _ => login.keys = true,
        }
        if login.is_ready() {
            self.ready(flow, now);
        }
    }

    /// Something could not be read. A realm that does not exist is answered without CORS headers, and so is an
    /// outage, by the proxy before it: only where another realm's keys can be read and nothing of ours, it is the
    /// realm.
    fn missed(&mut self, other_realm: bool) {
        let login = self.departure.as_ref().and_then(|departure| departure.login.as_ref());
        let nothing = login.is_some_and(|login| !login.metadata && !login.keys);
        self.give_up(match other_realm && nothing {
            true => ErrorCode::RealmNotFound.into(),
            false => ErrorCode::KeycloakUnreachable.into(),
        });
    }

    /// Keycloak is there and is the right one.
    pub(super) fn ready(&mut self, flow: Flow, now: Now) {
        self.connected = true;
        let Some(departure) = &mut self.departure else { return };
        let Some(login) = &departure.login else { return };
        if login.only_looking && !login.doubtful {
            let waiters = core::mem::take(&mut departure.waiters);
            self.departure = None;
            return self.departed(waiters, Ok(Reply::Done));
        }
        let Some(entropy) = &self.entropy else { return self.give_up(ErrorCode::RandomnessUnavailable.into()) };
        let (verifier, state, nonce) = (entropy.verifier(), entropy.state(&self.tag, now.wall), entropy.nonce());
        if login.doubtful {
            // Asked silently, Keycloak answers at once, without a page unless it refuses the request. This
            // state is stored nowhere, so nothing can be made of the answer.
            let mut options = Fields::default();
            options.put("prompt", "none");
            let verifier = entropy.look();
            let url = authorization_request::url(&self.config, &options, &verifier, LOOK, LOOK);
            return self.effects.push(Effect::Frame(flow, url));
        }
        departure.url = authorization_request::url(&self.config, &login.options, &verifier, &state, &nonce);
        let silent = if authorization_request::is_silent(&login.options) { "1" } else { "0" };
        let attempt = Attempt::new(&self.config, login.options.text("returnTo"), now.wall)
            .with("verifier", verifier.expose())
            .with("nonce", &nonce)
            .with("silent", silent)
            .with("acr", login.options.text("acr"))
            .with("max_age", login.options.text("maxAge"));
        #[cfg(feature = "full")]
        let attempt = login.proof.put(attempt, &mut departure.url);
        self.save_attempt(flow, state, attempt.to_text(), now);
    }

    /// Stores an attempt, and removes those that nobody will come back to.
    fn save_attempt(&mut self, flow: Flow, state: String, text: String, now: Now) {
        let [from, to] = expired_states(&self.tag, now.wall);
        let nobody = self.next_flow();
        self.store(nobody, Place::Attempt(from), Access::RemoveUpTo(to));
        self.store(flow, Place::Attempt(state), Access::Save(text));
    }

    /// Everything is stored: go.
    fn navigate(&mut self, now: Now) {
        // Used up: another login needs other bytes.
        self.entropy = None;
        let Some(departure) = &mut self.departure else { return };
        departure.deadline = Some(now.monotonic + self.config.navigation_timeout);
        self.effects.push(Effect::Leave(core::mem::take(&mut departure.url)));
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
