//! What a login looks at before it leaves: a browser that has left cannot show a sentence of ours any more, so what can
//! be known to fail is found here.

#[cfg(feature = "full")]
use super::preparation::Preparation;
use super::{Asked, Effect, Flow, Now, Reply, Session};
use crate::protocol::attempt::Attempt;
use crate::protocol::fields::Fields;
use crate::protocol::http::{Answer, Method, NetworkFailure};
use crate::protocol::text::is_one_of;
use crate::protocol::{ErrorCode, authorization_request, metadata, token};

/// State and nonce of a look that nobody waits for the answer of.
const LOOK: &str = "otrs-auth-look";

/// The keys of the realm that every Keycloak has, readable from any origin.
const ANY_REALM: &str = "/realms/master/protocol/openid-connect/certs";

/// What a login looks at first.
pub struct Login {
    /// As `session.login` took them.
    pub options: Fields,
    /// Nobody asked for it.
    pub automatic: bool,
    metadata: bool,
    keys: bool,
    /// One of them could not be read.
    missed: bool,
    /// Look first whether Keycloak would come back at all: the last time it did not.
    pub doubtful: bool,
    /// Only to explain why the user came back without an answer.
    pub only_looking: bool,
    /// What later proofs of possession need.
    #[cfg(feature = "full")]
    pub proof: Preparation,
    /// Asked in a frame, once.
    #[cfg(feature = "full")]
    pub in_frame: bool,
    /// The state of the attempt; empty if it is not made yet, or over.
    #[cfg(feature = "full")]
    pub state: String,
}

impl Login {
    /// One that has looked at nothing yet.
    pub fn new(options: Fields, automatic: bool, doubtful: bool, only_looking: bool) -> Box<Self> {
        Box::new(Login {
            options,
            automatic,
            metadata: false,
            keys: false,
            missed: false,
            doubtful,
            only_looking,
            #[cfg(feature = "full")]
            proof: Preparation::default(),
            #[cfg(feature = "full")]
            in_frame: false,
            #[cfg(feature = "full")]
            state: String::new(),
        })
    }

    /// Whether everything is here that it looks at.
    pub fn is_ready(&self) -> bool {
        #[cfg(feature = "full")]
        if self.proof.is_awaited() {
            return false;
        }
        self.metadata && self.keys
    }
}

impl Session {
    /// One of the looks at Keycloak came back.
    pub(super) fn looked(&mut self, flow: Flow, asked: Asked, result: Result<Answer, NetworkFailure>, now: Now) {
        let answer = match (result, asked) {
            // A realm that does not exist is answered without CORS headers, and so is an outage, by the proxy before it:
            // only where another realm's keys can be read and nothing of ours, it is the realm.
            (Ok(Answer { status: 200, .. }), Asked::Reach) => return self.give_up(ErrorCode::RealmNotFound.into()),
            (_, Asked::Reach) => return self.give_up(ErrorCode::KeycloakUnreachable.into()),
            (Ok(answer), _) => answer,
            (Err(_), Asked::Client) => return self.give_up(ErrorCode::WebOriginMissing.into()),
            (Err(NetworkFailure::Unreachable), _) => {
                let Some(login) = self.departure.as_mut().and_then(|departure| departure.login.as_mut()) else {
                    return;
                };
                if login.metadata || login.keys {
                    return self.give_up(ErrorCode::KeycloakUnreachable.into());
                }
                // The other one has to come first: it may be there.
                if !core::mem::replace(&mut login.missed, true) {
                    return;
                }
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
        if login.missed {
            return self.give_up(ErrorCode::KeycloakUnreachable.into());
        }
        if login.is_ready() {
            self.ready(flow, now);
        }
    }

    /// Keycloak is there and is the right one.
    pub(super) fn ready(&mut self, flow: Flow, now: Now) {
        self.connected = true;
        let Some(departure) = &mut self.departure else { return };
        let Some(login) = &mut departure.login else { return };
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
        let more = |(name, _): &(String, String)| is_one_of(name, "acr maxAge action");
        let demands = if login.options.pairs().iter().any(more) { "1" } else { "0" };
        let attempt = Attempt::new(&self.config, login.options.text("returnTo"), now.wall)
            .with("verifier", verifier.expose())
            .with("nonce", &nonce)
            .with("silent", silent)
            .with("acr", login.options.text("acr"))
            .with("max_age", login.options.text("maxAge"))
            .with("demands", demands);
        #[cfg(feature = "full")]
        let attempt = login.proof.put(attempt, &mut departure.url);
        #[cfg(feature = "full")]
        login.state.clone_from(&state);
        self.save_attempt(flow, state, attempt.to_text(), now);
    }
}
