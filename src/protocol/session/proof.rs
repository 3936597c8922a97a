//! Proofs of possession with token requests (RFC 9449): which key, by which clock, and what is done once where the
//! proof was not taken. A refused proof spends neither code nor refresh token.

use super::{Asked, Effect, Flow, Now, Outcome, Phase, Session};
use crate::protocol::config::Dpop;
use crate::protocol::dpop::{Flaw, Proof};
use crate::protocol::http::{Answer, Method, Request};
use crate::protocol::json;
use crate::protocol::number::{minus, plus};
use crate::protocol::record::Tokens;
use crate::protocol::text::integer;
use crate::protocol::url::without_query;

/// How far two looks at a clock may differ that are about the same, ms: less than what Keycloak puts up with.
const SAME_TIME: i64 = 10_000;

/// A token request that waits for the verdict on its proof.
pub struct Proving {
    flow: Flow,
    request: Request,
    /// Server time minus this computer's, ms.
    offset: i64,
    /// The time has been asked for, which is done once.
    timed: bool,
    /// The nonce has been put right, which is done once.
    nonced: bool,
}

impl Session {
    /// Sends a token request with a proof; `false` where there is to be none.
    pub(super) fn prove(&mut self, flow: Flow, request: &Request, now: Now) -> bool {
        if self.config.dpop() == Dpop::Off {
            return false;
        }
        let offset = match &self.phase {
            Phase::SignedIn(live) => offset_of(live.tokens.text("offset")),
            phase => offset_of(phase.attempt().map_or("", |attempt| attempt.get("offset"))),
        };
        self.proving = Some(Box::new(Proving { flow, request: request.clone(), offset, timed: false, nonced: false }));
        self.send_proven(now);
        true
    }

    fn send_proven(&mut self, now: Now) {
        let Some(proving) = &self.proving else { return };
        let key = match &self.phase {
            Phase::SignedIn(live) => live.tokens.text("key"),
            phase => phase.attempt().map_or("", |attempt| attempt.get("key")),
        };
        let proof = Proof::new(key, "POST", &proving.request.url, seconds(now, proving.offset), &self.nonce);
        self.effects.push(Effect::Prove(proving.flow, proof, proving.request.clone()));
    }

    /// Whether an outcome is only about the proof, and the request goes out again: once for each thing that can be
    /// put right.
    pub(super) fn is_about_proof(&mut self, flow: Flow, outcome: &Outcome, now: Now) -> bool {
        let Some(proving) = self.proving.as_mut().filter(|proving| proving.flow == flow) else { return false };
        match outcome {
            Outcome::Answered(Asked::Time, answer) => {
                let date = answer.as_ref().ok().and_then(|answer| answer.date);
                let told = date.map_or(0, |date| minus(date, now.wall));
                // The page's server says what it said before, and Keycloak thinks otherwise: then this computer may
                // be right.
                proving.offset = if minus(told, proving.offset).abs() < SAME_TIME { 0 } else { told };
                self.send_proven(now);
                true
            }
            Outcome::Answered(Asked::Tokens, Ok(answer)) => match flaw(answer) {
                Some(Flaw::Nonce) if !self.nonce.is_empty() && !core::mem::replace(&mut proving.nonced, true) => {
                    self.send_proven(now);
                    true
                }
                Some(Flaw::Time) if !core::mem::replace(&mut proving.timed, true) => {
                    self.send(flow, Asked::Time, self.page.clone(), Method::Head);
                    true
                }
                _ => {
                    self.proving = None;
                    false
                }
            },
            Outcome::Answered(Asked::Tokens, Err(_)) => {
                self.proving = None;
                false
            }
            _ => false,
        }
    }

    /// The proof that goes with an access token to the API, if proofs are to go there (RFC 9449 section 7).
    pub fn api_proof(&self, method: &str, url: &str, token: &str, nonce: &str, now: Now) -> Option<Proof> {
        let Phase::SignedIn(live) = &self.phase else { return None };
        let issued_at = seconds(now, offset_of(live.tokens.text("offset")));
        let proof = Proof::new(live.tokens.text("key"), method, without_query(url), issued_at, nonce);
        Some(proof.with_token(token))
    }
}

/// What is left of the key and the clock of a login in its tokens, or of those before. The token's own `iat` is the
/// best that there is to know of the server's clock.
pub fn keep_key(tokens: &mut Tokens, issued_at: Option<i64>, received: Now, phase: &Phase) {
    if let Phase::Answering(exchange) = phase
        && let Some(attempt) = &exchange.attempt
        && !attempt.get("key").is_empty()
    {
        tokens.put("key", attempt.get("key"));
        tokens.put("offset", attempt.get("offset"));
    }
    if let Phase::SignedIn(live) = phase {
        for name in &["key", "offset"] {
            tokens.copy(&live.tokens, name);
        }
    }
    if let Some(seconds) = issued_at
        && tokens.get("key").is_some()
    {
        tokens.put_number("offset", minus(seconds.saturating_mul(1000), received.wall));
    }
}

fn flaw(answer: &Answer) -> Option<Flaw> {
    let json = if answer.status == 400 { json::parse(&answer.body)? } else { return None };
    let text = |name: &str| json.get(name).and_then(|value| value.text());
    crate::protocol::dpop::flaw(text("error"), text("error_description"))
}

/// A difference of clocks as it was stored, ms. What is none is no difference.
fn offset_of(text: &str) -> i64 {
    match text.strip_prefix('-') {
        Some(digits) => integer(digits, true),
        None => integer(text, false),
    }
    .unwrap_or_default()
}

fn seconds(now: Now, offset: i64) -> i64 {
    plus(now.wall, offset).div_euclid(1000)
}
