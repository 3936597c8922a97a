//! Proofs of possession with requests to the token endpoint: first the signature, then the request.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Client;
use crate::browser::fetch::{self, Body};
use crate::browser::{crypto, dpop, web};
use crate::protocol::dpop::{Proof, is_nonce};
use crate::protocol::http::NetworkFailure;
use crate::protocol::session::{Asked, Event, Outcome};

impl Client {
    /// Keeps the key that was made, and tells its name.
    pub(super) fn made(&self, scope: &JsValue) -> String {
        let key = dpop::made(scope);
        self.store.keep_key(&key, &web::get(scope, "private"));
        key
    }

    /// Puts into the scope what is to be signed, and the key. Without random bytes there is no proof.
    pub(super) fn sign(&self, scope: &JsValue, proof: &Proof) -> &'static str {
        let random = crypto::entropy();
        let Some(random) = random.as_ref().and_then(|bytes| bytes.first_chunk()) else { return "" };
        dpop::message(scope, &proof.signing_input(random));
        web::set(scope, "private", &self.store.key(&proof.key));
        dpop::SIGN
    }

    /// What came of a request with a proof, or how to go on once the proof is signed.
    pub(super) fn proven(self: &Rc<Self>, scope: &JsValue, body: &RefCell<Body>) -> Result<Outcome, &'static str> {
        if web::get(scope, "proof").is_undefined() {
            let Some(proof) = dpop::signed(scope) else {
                return Ok(Outcome::Answered(Asked::Tokens, Err(NetworkFailure::KeyLost)));
            };
            web::set_text(scope, "proof", &proof);
            fetch::prove(scope, &proof);
            return Err(fetch::SEND);
        }
        let nonce = fetch::nonce(scope);
        if is_nonce(&nonce) {
            self.dispatch(Event::Nonce(nonce));
        }
        Ok(Outcome::Answered(Asked::Tokens, fetch::answer(scope, body)))
    }
}
