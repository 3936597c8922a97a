//! Requests: to Keycloak, by its rules, and to the API, by the front end's.

use gloo_net::http::Response;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{clock, web};
use crate::protocol::http::{Answer, Method, NetworkFailure, Request};

/// No honest answer of Keycloak is larger (A-71).
const MAX_BODY: usize = 256 * 1024;

/// Every option is set, so that none is inherited from a polluted prototype or a browser's default (C-40).
const SEND: &str = r#"controller = new AbortController []
    response = await fetch ["@url",{"credentials":"omit","cache":"no-store","referrer":"","referrerPolicy":"no-referrer","keepalive":false,"integrity":"","mode":"@mode","redirect":"error","method":"@method","headers":"@headers","body":"@body","signal":"@controller.signal"}]"#;
/// WebKit looks for the option also where it is not given, and so would find a polluted prototype's.
const READER: &str = r#"reader = @response.body.getReader [{"mode":"@none"}]"#;
const PIECE: &str = "piece = await @reader.read []";

/// Follows no redirect: it could carry the token to another origin (C-83).
const SEND_WITH_TOKEN: &str = r#"guarded = new Request ["@request",{"redirect":"error"}]
    _ = @guarded.headers.set ["Authorization","@authorization"]
    sent = fetch ["@guarded"]"#;

/// Puts a request into the scope, and tells how it is sent. [`answer`] follows.
pub fn request(scope: &JsValue, request: &Request) -> &'static str {
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
    SEND
}

/// What came of a request; or the recipe that gets the next piece of its body, which is put together in `bytes`.
/// Piece by piece, so that an endless one is noticed before it fills the memory.
pub fn answer(scope: &JsValue, bytes: &mut Vec<u8>) -> Result<Result<Answer, NetworkFailure>, &'static str> {
    let response = web::get(scope, "response");
    if response.is_undefined() {
        return Ok(Err(NetworkFailure::Unreachable));
    }
    if web::get(scope, "reader").is_undefined() {
        web::run(scope, READER);
        if web::get(scope, "reader").is_object() {
            return Err(PIECE);
        }
    } else if web::get(scope, "piece.done").is_falsy() {
        let value = web::get(scope, "piece.value");
        // A stream that broke off gives no piece at all.
        if value.is_undefined() {
            return Ok(Err(NetworkFailure::Unreachable));
        }
        let value: Uint8Array = value.unchecked_into();
        if bytes.len() + value.length() as usize > MAX_BODY {
            bytes.clear();
            web::run(scope, "_ = @controller.abort []");
        } else {
            bytes.append(&mut value.to_vec());
            return Err(PIECE);
        }
    }
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    let headers = response.headers();
    Ok(Ok(Answer {
        status: response.status(),
        content_type: headers.get("Content-Type"),
        date: headers.get("Date").and_then(|date| clock::parse_date(&date)),
        body: core::mem::take(bytes),
    }))
}

/// Sends the front end's `request` in the scope with a token. The scope keeps the promise of `fetch` as `sent`.
pub fn send_with_token(scope: &JsValue, token: &str) {
    web::set_text(scope, "authorization", &["Bearer ", token].concat());
    web::run(scope, SEND_WITH_TOKEN);
}
