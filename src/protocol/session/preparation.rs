//! What a login needs for the proofs of possession that follow it (RFC 9449): a key, and the time.

use super::{Asked, Effect, Flow, Now, Outcome, Session};
use crate::protocol::attempt::Attempt;
use crate::protocol::dpop::thumbprint;
use crate::protocol::encoding::push_form;
use crate::protocol::http::Method;
use crate::protocol::number::minus;
use crate::protocol::text::decimal;
use crate::protocol::{AuthError, ErrorCode};

/// What later proofs of possession need of a login, asked for beside all else.
#[derive(Default)]
pub struct Preparation {
    /// Not all of it is here.
    key_awaited: bool,
    time_awaited: bool,
    /// The key.
    key: String,
    /// Server time minus this computer's, ms, as the page's own server says it.
    offset: i64,
}

impl Preparation {
    /// Whether something of it is still to come.
    pub fn is_awaited(&self) -> bool {
        self.key_awaited || self.time_awaited
    }

    /// Names the key in the request, which binds the code to it (RFC 9449 section 10), and in the attempt. Under this
    /// attempt the key is stored: a login that is abandoned, or under way beside others, touches no other key.
    pub fn put(&self, attempt: Attempt, url: &mut String) -> Attempt {
        if self.key.is_empty() {
            return attempt;
        }
        push_form(url, "dpop_jkt", &thumbprint(&self.key));
        attempt.with("key", &self.key).with("offset", &decimal(self.offset))
    }
}

impl Session {
    /// A key for the tokens to come, and the time: a proof by a clock that is wrong is refused, and before there are
    /// tokens nobody but the page's own server tells the time.
    pub(super) fn prepare_proofs(&mut self, flow: Flow) {
        let Some(login) = self.departure.as_mut().and_then(|departure| departure.login.as_mut()) else { return };
        (login.proof.key_awaited, login.proof.time_awaited) = (true, true);
        self.effects.push(Effect::MakeKey(flow));
        self.send(flow, Asked::Time, self.page.clone(), Method::Head);
    }

    /// Whether this was key or time.
    pub(super) fn prepared(&mut self, flow: Flow, outcome: &Outcome, now: Now) -> bool {
        let Some(login) = self.departure.as_mut().and_then(|departure| departure.login.as_mut()) else { return false };
        match outcome {
            Outcome::Key(key) if key.is_empty() => {
                let origin = self.config.page_origin.clone();
                self.give_up(AuthError::about(ErrorCode::DpopUnavailable, &origin));
                return true;
            }
            Outcome::Key(key) => (login.proof.key_awaited, login.proof.key) = (false, key.clone()),
            Outcome::Answered(Asked::Time, answer) => {
                login.proof.time_awaited = false;
                // Who does not know better takes this computer's: it is right mostly.
                let date = answer.as_ref().ok().and_then(|answer| answer.date);
                login.proof.offset = date.map_or(0, |date| minus(date, now.wall));
            }
            _ => return false,
        }
        if login.is_ready() {
            self.ready(flow, now);
        }
        true
    }
}
