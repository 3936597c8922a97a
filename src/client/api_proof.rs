//! `session.fetch` in the full module, where the access token may be bound to a key: then each request has a proof of
//! its own (RFC 9449 section 7).

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::{Client, api_fetch};
use crate::browser::{clock, dpop, fetch, location, web};
use crate::protocol::ErrorCode;
use crate::protocol::config::Dpop;
use crate::protocol::dpop::{asks_nonce, is_nonce};
use crate::protocol::secret::AccessToken;
use crate::protocol::session::Event;

/// What a call waits for.
#[derive(Default)]
enum Step {
    #[default]
    Token,
    Signature,
    Answer,
}

/// A call of the API.
#[derive(Default)]
pub struct Call {
    step: Step,
    token: String,
    /// Where to; empty where there is nothing to prove.
    origin: String,
    /// The API has been given the nonce that it asked for, which is done once.
    nonced: bool,
    /// Another token than the first is on its way; there is no third.
    again: bool,
}

fn send(scope: &JsValue, call: &mut Call, scheme: &str) -> &'static str {
    fetch::send_with_proof(scope, scheme, &call.token);
    call.step = Step::Answer;
    fetch::PROVEN
}

impl Client {
    /// Takes a call further; `None` where the scope's `sent` is what it ends with. At most three requests: as it is,
    /// with the API's nonce (RFC 9449 section 9), with another token after a 401 (C-84).
    pub(super) fn go_on(self: &Rc<Self>, scope: &JsValue, call: &mut Call) -> Option<&'static str> {
        match core::mem::take(&mut call.step) {
            Step::Token => {
                call.token = web::get(scope, "token").as_string()?;
                match self.session().config().dpop() {
                    Dpop::Full => Some(self.sign_call(scope, call)),
                    _ => Some(send(scope, call, "Bearer ")),
                }
            }
            Step::Signature => {
                let Some(proof) = dpop::signed(scope) else {
                    web::set(scope, "sent", &self.refusal(&ErrorCode::DpopKeyLost.into()));
                    return None;
                };
                web::set_text(scope, "proof", &proof);
                Some(send(scope, call, "DPoP "))
            }
            Step::Answer => self.call_answered(scope, call),
        }
    }

    /// Signs a proof for the next try. Where the session is over meanwhile, there is no signature.
    fn sign_call(&self, scope: &JsValue, call: &mut Call) -> &'static str {
        call.step = Step::Signature;
        web::set(scope, "signature", &JsValue::UNDEFINED);
        let Some(url) = location::parse(&web::text(scope, "request.url")) else { return "" };
        call.origin = url.origin;
        let method = web::text(scope, "request.method");
        let nonces = self.nonces.borrow();
        let nonce = nonces.text(&call.origin);
        match self.session().api_proof(&method, &url.href, &call.token, nonce, clock::now()) {
            Some(proof) => self.sign(scope, &proof),
            None => "",
        }
    }

    fn call_answered(self: &Rc<Self>, scope: &JsValue, call: &mut Call) -> Option<&'static str> {
        // Whatever the status (RFC 9449 section 8.2).
        let nonce = web::text(scope, "nonce");
        let fresh = is_nonce(&nonce) && !call.origin.is_empty();
        if fresh {
            self.nonces.borrow_mut().put(&call.origin, &nonce);
        }
        // Only now it is known that there is an answer at all.
        if web::get(scope, "response.status").as_f64() != Some(401.0) {
            return None;
        }
        if fresh && asks_nonce(&web::text(scope, "challenge")) && !core::mem::replace(&mut call.nonced, true) {
            return Some(self.sign_call(scope, call));
        }
        if core::mem::replace(&mut call.again, true) {
            return None;
        }
        let (asked, waiter) = self.prepare();
        web::set(scope, "asked", &asked);
        self.submit(waiter, Event::Unauthorized { waiter, token: AccessToken::new(&call.token) });
        Some(api_fetch::TOKEN)
    }
}
