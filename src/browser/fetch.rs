//! Requests: to Keycloak, by its rules, and to the API, by the front end's.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_net::http::Response;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{clock, web};
use crate::protocol::http::{Answer, Method, NetworkFailure, Request};

/// No honest answer of Keycloak is larger (A-71).
const MAX_BODY: usize = 256 * 1024;

/// Every option is set, so that none is inherited from a polluted prototype or a browser's default (C-40).
pub const SEND: &str = r#"controller = new AbortController []
    response = await fetch ["@url",{"credentials":"omit","cache":"no-store","referrer":"","referrerPolicy":"no-referrer","keepalive":false,"integrity":"","mode":"@mode","redirect":"error","method":"@method","headers":"@headers","body":"@body","signal":"@controller.signal"}]
    sink = new WritableStream [{"write":"@piece","close":"@piece"}]
    _ = await @response.body.pipeTo ["@sink",{}]"#;

/// Follows no redirect: it could carry the token to another origin (C-83).
#[cfg(not(feature = "full"))]
const SEND_WITH_TOKEN: &str = r#"guarded = new Request ["@request",{"redirect":"error"}]
    _ = @guarded.headers.set ["Authorization","@authorization"]
    sent = fetch ["@guarded"]"#;

/// The same, with a proof of possession where there is one. Each try sends a copy: a body can be read once.
#[cfg(feature = "full")]
const SEND_WITH_PROOF: &str = r#"copy = @request.clone []
    guarded = new Request ["@copy",{"redirect":"error"}]
    _ = @guarded.headers.set ["Authorization","@authorization"]
    _ = @proof ? @guarded.headers.set ["DPoP","@proof"]
    sent = fetch ["@guarded"]"#;

/// Waits for the answer to a request with a proof, and for what it says of proofs.
#[cfg(feature = "full")]
pub const PROVEN: &str = r#"response = await @sent
    nonce = @response.headers.get ["DPoP-Nonce"]
    challenge = @response.headers.get ["WWW-Authenticate"]"#;

/// Puts a request into the scope, and tells how it is sent and where its answer's body goes. [`answer`] follows.
pub fn request(scope: &JsValue, request: &Request) -> (&'static str, Rc<RefCell<Body>>) {
    let mut headers = r#"{"Accept":"application/json"}"#;
    let (mode, method) = match &request.method {
        Method::Get => ("cors", "GET"),
        Method::Post(form) => {
            headers = r#"{"Accept":"application/json","Content-Type":"application/x-www-form-urlencoded"}"#;
            web::set_text(scope, "body", form);
            ("cors", "POST")
        }
        Method::Head => ("same-origin", "HEAD"),
    };
    web::set_text(scope, "url", &request.url);
    web::set_text(scope, "mode", mode);
    web::set_text(scope, "method", method);
    web::set(scope, "headers", &web::json(scope, headers));
    (SEND, listen(scope))
}

/// The body of an answer as it arrives.
#[derive(Default)]
pub struct Body {
    bytes: Vec<u8>,
    /// Nothing more comes.
    ended: bool,
}

/// Takes the body piece by piece, so that an endless one is noticed before it fills the memory. A stream's reader
/// would do, but it gives plain objects, which a polluted prototype makes thenables that are asked for their value.
fn listen(scope: &JsValue) -> Rc<RefCell<Body>> {
    let body = Rc::<RefCell<Body>>::default();
    let own = body.clone();
    let piece = web::function(Box::new(move |piece| {
        let mut body = own.borrow_mut();
        if piece.is_undefined() {
            body.ended = true;
            return piece;
        }
        let piece: Uint8Array = piece.unchecked_into();
        if body.bytes.len() + piece.length() as usize > MAX_BODY {
            *body = Body { bytes: Vec::new(), ended: true };
            // Then the browser gives up the rest.
            return Promise::reject(&JsValue::UNDEFINED).into();
        }
        body.bytes.append(&mut piece.to_vec());
        JsValue::UNDEFINED
    }));
    web::set(scope, "piece", &piece);
    body
}

/// What came of a request.
pub fn answer(scope: &JsValue, body: &RefCell<Body>) -> Result<Answer, NetworkFailure> {
    let response = web::get(scope, "response");
    let body = body.take();
    // A stream that broke off has no end; an answer to HEAD has no stream.
    if response.is_undefined() || (!body.ended && web::get(&response, "body").is_object()) {
        return Err(NetworkFailure::Unreachable);
    }
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    let headers = response.headers();
    Ok(Answer {
        status: response.status(),
        content_type: headers.get("Content-Type"),
        date: headers.get("Date").and_then(|date| clock::parse_date(&date)),
        body: body.bytes,
    })
}

/// Adds the header with the proof to a request that [`request`] put into the scope.
#[cfg(feature = "full")]
pub fn prove(scope: &JsValue, proof: &str) {
    web::set_text(&web::get(scope, "headers"), "DPoP", proof);
}

/// The nonce that the answer asks the next proof to have; empty where it asks for none.
#[cfg(feature = "full")]
pub fn nonce(scope: &JsValue) -> String {
    web::run(scope, r#"nonce = @response.headers.get ["DPoP-Nonce"]"#);
    web::text(scope, "nonce")
}

/// Sends the front end's `request` in the scope with a token, and with its `proof` if there is one. The scope keeps the
/// promise of `fetch` as `sent`.
#[cfg(feature = "full")]
pub fn send_with_proof(scope: &JsValue, scheme: &str, token: &str) {
    web::set_text(scope, "authorization", &[scheme, token].concat());
    web::run(scope, SEND_WITH_PROOF);
}

/// Sends the front end's `request` in the scope with a token. The scope keeps the promise of `fetch` as `sent`.
#[cfg(not(feature = "full"))]
pub fn send_with_token(scope: &JsValue, token: &str) {
    web::set_text(scope, "authorization", &["Bearer ", token].concat());
    web::run(scope, SEND_WITH_TOKEN);
}
