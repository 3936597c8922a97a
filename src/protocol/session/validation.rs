//! An ID token on its way through its checks, which may need keys, the time or the browser's help.

use super::Now;
use crate::protocol::id_token::{self, Expected, IdClaims, Nonce, Previous, Verification};
use crate::protocol::keys::{KeySet, PublicKey};
use crate::protocol::secret::IdToken;
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
    /// The answer; nothing of it is used before [`Next::Accept`].
    pub answer: TokenAnswer,
    /// When it came.
    pub received: Now,
    origin: Origin,
    keys_asked: bool,
    keys_renewed: bool,
    time_asked: bool,
    signature: Option<bool>,
}

/// What to do next.
pub enum Next {
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
    CheckSignature([Vec<u8>; 4]),
}

impl Validation {
    /// Starts to check `answer`.
    pub fn new(answer: TokenAnswer, origin: Origin, received: Now) -> Self {
        Validation {
            answer,
            received,
            origin,
            keys_asked: false,
            keys_renewed: false,
            time_asked: false,
            signature: None,
        }
    }

    /// The keys on hand are as new as can be: they were fetched for this answer.
    pub fn keys_are_new(&mut self) {
        self.keys_asked = true;
        self.keys_renewed = true;
    }

    /// The browser's verdict on the signature.
    pub fn signature(&mut self, right: bool) {
        self.signature = Some(right);
    }

    /// Goes on as far as possible. `offset` is server time minus this computer's, ms.
    pub fn next(
        &mut self,
        token: &IdToken,
        config: &Config,
        keys: Option<&KeySet>,
        offset: i64,
    ) -> Next {
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
            Err(error) if error.code == ErrorCode::IdTokenKeyUnknown && !self.keys_renewed => {
                self.keys_renewed = true;
                Next::AskKeys
            }
            Err(error) => Next::Refuse(error),
            Ok(Verification::NeedsBrowser { key }) => match (self.signature, &key.key) {
                (Some(true), _) => Next::Accept(claims),
                (None, PublicKey::P256 { x, y }) => Next::CheckSignature([
                    x.clone(),
                    y.clone(),
                    decoded.signing_input.as_bytes().to_vec(),
                    decoded.signature.clone(),
                ]),
                _ => Next::Refuse(ErrorCode::IdTokenSignature.into()),
            },
        }
    }

    fn expected<'a>(&'a self, config: &'a Config, offset: i64) -> Expected<'a> {
        let now = (self.received.wall + offset).div_euclid(1000);
        let (nonce, not_issued_before, previous) = match &self.origin {
            Origin::Login { nonce, began } => (
                Nonce::Required(nonce.as_str()),
                (began + offset).div_euclid(1000),
                None,
            ),
            Origin::Refresh {
                nonce,
                subject,
                auth_time,
            } => (
                Nonce::IfPresent(Some(nonce.as_str())),
                now - REFRESH_AGE,
                Some(Previous {
                    subject,
                    auth_time: *auth_time,
                }),
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
    matches!(
        error.code,
        ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt
    )
}
