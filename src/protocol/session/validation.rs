//! An ID token on its way through its checks, which may need keys, the time or the browser's help.

use super::{Access, Asked, Effect, Flow, Now, Outcome, Phase, Place, Session};
use crate::protocol::http::Method;
use crate::protocol::id_token::{self, Expected, IdClaims, Nonce, Previous, Verification};
use crate::protocol::keys::{self, KeySet, PublicKey};
use crate::protocol::token::TokenAnswer;
use crate::protocol::{AuthError, Config, ErrorCode};

/// How old the ID token of a refresh may be, s.
const REFRESH_AGE: i64 = 120;

/// What the token is held against.
pub enum Origin {
    /// A login: the nonce is demanded, and the token cannot be older than the login.
    Login {
        /// Sent with the authorization request.
        nonce: String,
        /// When the login began, ms by this computer's clock.
        began: i64,
    },
    /// A refresh: the same user as before.
    Refresh {
        /// Of the login.
        nonce: String,
        /// `sub` as before.
        subject: String,
        /// `auth_time` as before.
        auth_time: Option<i64>,
    },
}

/// A token answer that is being checked.
pub struct Validation {
    /// The login or refresh that it belongs to.
    pub flow: Flow,
    /// The answer; nothing of it is used before [`Next::Accept`].
    pub answer: TokenAnswer,
    /// When it came.
    pub received: Now,
    /// What it is held against.
    pub origin: Origin,
    keys_asked: bool,
    keys_renewed: bool,
    time_asked: bool,
    signature: Option<bool>,
    accepted: bool,
}

/// What to do next.
enum Next {
    /// All checks passed.
    Accept(IdClaims),
    /// One did not.
    Refuse(AuthError),
    /// Get the keys: cached ones will do.
    ReadKeys,
    /// Get the keys from Keycloak.
    AskKeys,
    /// Get the time from the page's own server.
    AskTime,
    /// Let the browser check the signature.
    CheckSignature(Box<[Vec<u8>; 4]>),
}

impl Validation {
    /// Starts to check `answer`. `keys_asked` tells that the cached keys have been read.
    pub fn new(flow: Flow, answer: TokenAnswer, origin: Origin, keys_asked: bool, received: Now) -> Box<Self> {
        Box::new(Validation {
            flow,
            answer,
            received,
            origin,
            keys_asked,
            keys_renewed: false,
            time_asked: false,
            signature: None,
            accepted: false,
        })
    }

    /// Whether outcomes are still for the checks, and not for what comes after them.
    pub fn is_waiting(&self) -> bool {
        !self.accepted
    }

    /// Goes on as far as possible. `offset` is server time minus this computer's, ms.
    fn next(&mut self, config: &Config, keys: Option<&KeySet>, offset: i64) -> Next {
        let Some(token) = &self.answer.id else { return Next::Refuse(ErrorCode::IdTokenMissing.into()) };
        let decoded = match id_token::decode(token.expose()) {
            Ok(decoded) => decoded,
            Err(error) => return Next::Refuse(error),
        };
        let claims = match id_token::check_claims(&decoded, &self.expected(config, offset)) {
            Ok(claims) => claims,
            // A computer's clock may be wrong by a day, and a wrong clock must not lock people out; but only
            // somebody else's clock can show that it is the clock and not the token.
            Err(error) if is_about_time(&error) && !self.time_asked => {
                self.time_asked = true;
                return Next::AskTime;
            }
            Err(error) => return Next::Refuse(error),
        };
        let Some(keys) = keys else {
            let cached = !core::mem::replace(&mut self.keys_asked, true);
            if cached {
                return Next::ReadKeys;
            }
            self.keys_renewed = true;
            return Next::AskKeys;
        };
        match id_token::verify_signature(&decoded, keys) {
            Ok(Verification::Verified) => Next::Accept(claims),
            // The realm's key may have changed since the keys were cached: look once (Core section 10.1.1).
            Err(error) if error.code() == ErrorCode::IdTokenKeyUnknown && !self.keys_renewed => {
                self.keys_renewed = true;
                Next::AskKeys
            }
            Err(error) => Next::Refuse(error),
            Ok(Verification::NeedsBrowser { key }) => match (self.signature, &key.key) {
                (Some(true), _) => Next::Accept(claims),
                (None, PublicKey::P256 { x, y }) => Next::CheckSignature(Box::new([
                    x.clone(),
                    y.clone(),
                    decoded.signing_input.as_bytes().to_vec(),
                    decoded.signature.clone(),
                ])),
                _ => Next::Refuse(ErrorCode::IdTokenSignature.into()),
            },
        }
    }

    fn expected<'a>(&'a self, config: &'a Config, offset: i64) -> Expected<'a> {
        let now = self.received.wall.saturating_add(offset).div_euclid(1000);
        let (nonce, not_issued_before, previous) = match &self.origin {
            Origin::Login { nonce, began } => {
                (Nonce::Required(nonce.as_str()), began.saturating_add(offset).div_euclid(1000), None)
            }
            Origin::Refresh { nonce, subject, auth_time } => (
                Nonce::IfPresent(Some(nonce.as_str())),
                now.saturating_sub(REFRESH_AGE),
                Some(Previous { subject, auth_time: *auth_time }),
            ),
        };
        Expected {
            issuer: &config.issuer,
            client_id: &config.client_id,
            nonce,
            access_token: self.answer.access.expose(),
            now,
            not_issued_before: Some(not_issued_before),
            previous,
            max_age: None,
            acr: None,
        }
    }
}

fn is_about_time(error: &AuthError) -> bool {
    matches!(error.code(), ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt)
}

impl Session {
    /// Takes the ID token as far through its checks as the things on hand allow.
    pub(super) fn validate(&mut self, now: Now) {
        let Some(validation) = &mut self.validation else { return };
        let flow = validation.flow;
        match validation.next(&self.config, self.keys.as_ref(), self.clock_offset) {
            Next::Accept(claims) => {
                validation.accepted = true;
                match self.phase {
                    Phase::Answering(_) => self.exchange_accepted(claims, now),
                    _ => self.refresh_accepted(Some(claims), now),
                }
            }
            Next::Refuse(problem) => self.validation_failed(problem, true, now),
            Next::ReadKeys => self.store(flow, Place::Keys, Access::Read),
            Next::AskKeys => self.ask_keys(flow),
            Next::AskTime => self.send(flow, Asked::Time, self.page.clone(), Method::Head),
            Next::CheckSignature(parts) => self.effects.push(Effect::CheckSignature(flow, parts)),
        }
    }

    /// Something that the checks asked for is here.
    pub(super) fn validation_done(&mut self, outcome: Outcome, now: Now) {
        let Some(validation) = &mut self.validation else { return };
        match outcome {
            // Newer ones are on their way, or here already.
            Outcome::Read(..) if validation.keys_renewed => return,
            Outcome::Read(..) if self.keys.is_some() => {}
            Outcome::Read(_, text) => self.keys = text.and_then(|text| keys::parse(text.as_bytes())),
            Outcome::Answered(Asked::Time, answer) => {
                if let Some(date) = answer.ok().and_then(|answer| answer.date) {
                    self.clock_offset = date.saturating_sub(now.wall);
                }
            }
            Outcome::Answered(_, answer) => {
                // A verdict on a signature is a verdict by the keys of its time.
                validation.signature = None;
                validation.keys_renewed = true;
                if let Err(problem) = answer.map_err(AuthError::from).and_then(|answer| self.take_keys(&answer)) {
                    return self.validation_failed(problem, false, now);
                }
            }
            Outcome::Signature(right) => validation.signature = Some(right),
            _ => {}
        }
        self.validate(now);
    }

    /// The token is no good (`forged`), or cannot be checked now.
    fn validation_failed(&mut self, problem: AuthError, forged: bool, now: Now) {
        self.validation = None;
        match self.phase {
            Phase::Answering(_) => self.refused(problem, now),
            _ if forged => self.forged(problem),
            _ => self.refresh_failed(problem, now),
        }
    }
}
