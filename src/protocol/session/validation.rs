//! An ID token on its way through its checks, which may need keys, the time or the browser's help.

use super::{Access, Asked, Effect, Flow, Live, Now, Outcome, Phase, Place, Session};
use crate::protocol::http::Method;
use crate::protocol::id_token::{self, Expected, IdClaims, Nonce, Previous, Verification};
use crate::protocol::keys::{self, Algorithm, KeySet, PublicKey};
use crate::protocol::number::{minus, plus};
use crate::protocol::record::Tokens;
use crate::protocol::{AuthError, Config, ErrorCode};

/// How old the ID token of a refresh may be, s.
const REFRESH_AGE: i64 = 120;

/// A token answer that is being checked.
pub struct Validation {
    /// The login or refresh that it belongs to.
    pub flow: Flow,
    /// Its tokens; nothing of them is used before [`Next::Accept`].
    tokens: Tokens,
    /// When it came.
    received: Now,
    keys_asked: bool,
    keys_renewed: bool,
    time_asked: bool,
    /// Nothing can be said before the time is here.
    time_awaited: bool,
    signature: Option<bool>,
    /// The session of these tokens, while it is being stored. Nothing is handed out before that (C-70).
    accepted: Option<Box<Live>>,
}

/// What to do next.
enum Next {
    /// All checks passed; `None` where a refresh came without an ID token.
    Accept(Option<IdClaims>),
    /// One did not.
    Refuse(AuthError),
    /// Get the keys: cached ones will do.
    ReadKeys,
    /// Get the keys from Keycloak.
    AskKeys,
    /// Get the time from the page's own server.
    AskTime,
    /// Let the browser check the signature.
    CheckSignature(Algorithm, Box<[Vec<u8>; 4]>),
}

impl Validation {
    /// Starts to check `tokens`. `keys_asked` tells that the cached keys have been read.
    pub fn new(flow: Flow, tokens: Tokens, keys_asked: bool, received: Now) -> Box<Self> {
        Box::new(Validation {
            flow,
            tokens,
            received,
            keys_asked,
            keys_renewed: false,
            time_asked: false,
            time_awaited: false,
            signature: None,
            accepted: None,
        })
    }

    /// Whether all checks passed, and the tokens are on their way into the store.
    pub fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// Goes on as far as possible. `offset` is server time minus this computer's, ms.
    fn next(&mut self, config: &Config, phase: &Phase, keys: Option<&KeySet>, offset: i64) -> Next {
        let decoded = match self.tokens.get("id_token") {
            Some(token) => id_token::decode(token),
            None if matches!(phase, Phase::SignedIn(_)) => return Next::Accept(None),
            None => Err(ErrorCode::IdTokenMissing.into()),
        };
        let decoded = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Next::Refuse(error),
        };
        let claims = match id_token::check_claims(&decoded, &self.expected(config, phase, offset)) {
            Ok(claims) => claims,
            // A computer's clock may be wrong by a day, and a wrong clock must not lock people out; but only
            // somebody else's clock can show that it is the clock and not the token.
            Err(error) if is_about_time(&error) && !self.time_asked => {
                self.time_asked = true;
                self.time_awaited = true;
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
            Ok(Verification::Verified) => Next::Accept(Some(claims)),
            // The realm's key may have changed since the keys were cached: look once (Core section 10.1.1).
            Err(error) if error.code() == ErrorCode::IdTokenKeyUnknown && !self.keys_renewed => {
                self.keys_renewed = true;
                Next::AskKeys
            }
            Err(error) => Next::Refuse(error),
            Ok(Verification::NeedsBrowser { key }) => match self.signature {
                Some(true) => Next::Accept(Some(claims)),
                Some(false) => Next::Refuse(ErrorCode::IdTokenSignature.into()),
                None => {
                    let (PublicKey::Rsa { n: first, e: second } | PublicKey::P256 { x: first, y: second }) = &key.key;
                    let message = decoded.signing_input.as_bytes().to_vec();
                    let parts = [first.clone(), second.clone(), message, decoded.signature.clone()];
                    Next::CheckSignature(decoded.algorithm, Box::new(parts))
                }
            },
        }
    }

    /// A login demands its nonce, and no token is older than it. A refresh continues the session.
    fn expected<'a>(&'a self, config: &'a Config, phase: &'a Phase, offset: i64) -> Expected<'a> {
        let now = plus(self.received.wall, offset).div_euclid(1000);
        let attempt = phase.attempt();
        let (nonce, not_issued_before, previous) = match phase {
            Phase::SignedIn(live) => (
                Nonce::IfPresent(live.tokens.get("nonce")),
                minus(now, REFRESH_AGE),
                Some(Previous { subject: live.tokens.text("sub"), auth_time: live.tokens.number("auth_time") }),
            ),
            _ => {
                let began = attempt.map_or(i64::MAX, |attempt| attempt.created());
                let nonce = attempt.map_or("", |attempt| attempt.get("nonce"));
                (Nonce::Required(nonce), plus(began, offset).div_euclid(1000), None)
            }
        };
        Expected {
            issuer: &config.issuer,
            client_id: &config.client_id,
            nonce,
            access_token: self.tokens.text("access_token"),
            now,
            not_issued_before: Some(not_issued_before),
            previous,
            max_age: attempt.and_then(|attempt| attempt.number("max_age")),
            acr: attempt.map_or("", |attempt| attempt.get("acr")),
        }
    }
}

fn is_about_time(error: &AuthError) -> bool {
    // Of the last one `auth_time`.
    let code = error.code();
    matches!(code, ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt | ErrorCode::IdTokenAuthentication)
}

impl Session {
    /// Takes the ID token as far through its checks as the things on hand allow.
    pub(super) fn validate(&mut self, now: Now) {
        let Some(validation) = &mut self.validation else { return };
        let flow = validation.flow;
        match validation.next(&self.config, &self.phase, self.keys.as_ref(), self.clock_offset) {
            Next::Accept(claims) => self.accepted(claims, now),
            Next::Refuse(problem) => self.validation_failed(problem, true, now),
            Next::ReadKeys => self.store(flow, Place::Keys, Access::Read),
            Next::AskKeys => self.ask_keys(flow),
            Next::AskTime => self.send(flow, Asked::Time, self.page.clone(), Method::Head),
            Next::CheckSignature(algorithm, parts) => {
                self.effects.push(Effect::CheckSignature(flow, algorithm, parts));
            }
        }
    }

    /// All that is known of the session goes into one record.
    fn accepted(&mut self, claims: Option<IdClaims>, now: Now) {
        let Some(validation) = &mut self.validation else { return };
        let mut tokens = validation.tokens.clone();
        #[cfg(feature = "full")]
        {
            let issued_at = claims.as_ref().map(|claims| claims.issued_at);
            super::proof::keep_key(&mut tokens, issued_at, validation.received, &self.phase);
        }
        if let Some(claims) = claims {
            tokens.put("sub", &claims.subject);
            if let Some(time) = claims.auth_time {
                tokens.put_number("auth_time", time);
            }
        }
        match &self.phase {
            Phase::SignedIn(live) => {
                tokens.compare_ends(&live.tokens);
                tokens.keep(&live.tokens);
            }
            phase => tokens.put("nonce", phase.attempt().map_or("", |attempt| attempt.get("nonce"))),
        }
        let text = tokens.to_text();
        match Live::new(tokens, &self.config, now) {
            Err(problem) => self.validation_failed(problem, true, now),
            Ok(live) => {
                validation.accepted = Some(live);
                let flow = validation.flow;
                // A log-out in another tab, of which this one may not have heard, is not undone by a refresh.
                let access = match self.phase {
                    Phase::SignedIn(_) => Access::Renew(text),
                    _ => Access::Save(text),
                };
                match self.config.shared {
                    true => self.store(flow, Place::Record, access),
                    false => self.stored(now),
                }
            }
        }
    }

    /// The accepted tokens are stored, or cannot be: a session that cannot be shared is still one of this page.
    fn stored(&mut self, now: Now) {
        let Some(live) = self.validation.take().and_then(|validation| validation.accepted) else { return };
        match self.phase {
            Phase::Answering(_) => self.signed_in(live, now),
            _ => self.renewed(live),
        }
    }

    /// Something that the checks asked for is here.
    pub(super) fn validation_done(&mut self, outcome: Outcome, now: Now) {
        let Some(validation) = &mut self.validation else { return };
        match outcome {
            // What comes once the tokens are accepted explains nothing any more.
            outcome if validation.is_accepted() => {
                match outcome {
                    // Another login, or a log-out: what that means is told by the record.
                    Outcome::Stored(false) => {
                        let flow = validation.flow;
                        self.validation = None;
                        self.store(flow, Place::Record, Access::Read);
                    }
                    Outcome::Stored(true) => self.stored(now),
                    Outcome::NoStore => {
                        // A login that cannot be shared is this page's alone; a session that was shared once still is.
                        self.config.shared &= matches!(self.phase, Phase::SignedIn(_));
                        self.stored(now);
                    }
                    _ => {}
                }
                return;
            }
            // Newer ones are on their way, or here already.
            Outcome::Read(..) if validation.keys_renewed => return,
            Outcome::Read(..) if self.keys.is_some() => {}
            Outcome::Read(_, text) => self.keys = text.and_then(|text| keys::parse(text.as_bytes())),
            Outcome::Answered(Asked::Time, answer) => {
                validation.time_awaited = false;
                if let Some(date) = answer.ok().and_then(|answer| answer.date) {
                    self.clock_offset = minus(date, now.wall);
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
            // No verdict is none against the token.
            Outcome::Signature(None) => return self.validation_failed(ErrorCode::Timeout.into(), false, now),
            Outcome::Signature(right) => validation.signature = right,
            _ => {}
        }
        if self.validation.as_ref().is_some_and(|validation| !validation.time_awaited) {
            self.validate(now);
        }
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
