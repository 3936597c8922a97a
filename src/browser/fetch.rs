//! Requests: to Keycloak, by its rules, and to the API, by the front end's.

use gloo_net::http::Response;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::clock;
use super::web::{self, Arg};
use crate::protocol::http::{Answer, Method, NetworkFailure, Request};

/// No honest answer of Keycloak is larger (A-71).
const MAX_BODY: usize = 256 * 1024;

/// Sends a request and reads the answer. Every option is set, so that none is inherited from a polluted
/// prototype or a browser's default (C-40). Dropped before it is done, it is aborted.
pub async fn send(request: Request) -> Result<Answer, NetworkFailure> {
    let mut abort = Abort(web::make("AbortController", "[]", &[]));
    let form = match &request.method {
        Method::Post(form) => JsValue::from_str(form),
        _ => JsValue::UNDEFINED,
    };
    let (mode, redirect, method) = match request.method {
        Method::Get => ("cors", "error", "GET"),
        Method::Post(_) => ("cors", "error", "POST"),
        Method::Reach => ("no-cors", "follow", "GET"),
        Method::Head => ("same-origin", "error", "HEAD"),
    };
    // A header that is `undefined` would be sent as that word.
    let headers = match request.method {
        Method::Post(_) => r#"{"Accept":"application/json","Content-Type":"application/x-www-form-urlencoded"}"#,
        _ => r#"{"Accept":"application/json"}"#,
    };
    let sent = web::call_window(
        "fetch",
        r#"[null,{"credentials":"omit","cache":"no-store","referrer":"","referrerPolicy":"no-referrer","keepalive":false,"integrity":"","mode":null,"redirect":null,"method":null,"headers":null,"body":null,"signal":null}]"#,
        &[
            Arg::Text(&request.url),
            Arg::Text(mode),
            Arg::Text(redirect),
            Arg::Text(method),
            Arg::Value(&web::json(headers, &[])),
            Arg::Value(&form),
            Arg::Value(&web::get(&abort.0, "signal")),
        ],
    );
    let response = web::done(sent).await;
    if response.is_undefined() {
        return Err(NetworkFailure::Unreachable);
    }
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    let body = body(&response).await?;
    // All of it is here: there is nothing to abort any more.
    abort.0 = JsValue::UNDEFINED;
    let headers = response.headers();
    Ok(Answer {
        status: response.status(),
        content_type: headers.get("Content-Type"),
        date: headers.get("Date").and_then(|date| clock::parse_date(&date)),
        body,
    })
}

/// Ends the request when nobody waits for it any more.
struct Abort(JsValue);

impl Drop for Abort {
    fn drop(&mut self) {
        web::call(&self.0, "abort", "[]", &[]);
    }
}

/// Reads a body piece by piece, so that an endless one is noticed before it fills the memory.
async fn body(response: &Response) -> Result<Vec<u8>, NetworkFailure> {
    let mut bytes = Vec::new();
    let Some(stream) = response.body() else { return Ok(bytes) };
    let reader = web::call(&stream, "getReader", "[]", &[]);
    loop {
        let piece = web::done(web::call(&reader, "read", "[]", &[])).await;
        let done = web::get(&piece, "done");
        if done.is_truthy() {
            return Ok(bytes);
        }
        // A stream that broke off gives no piece at all.
        if done.is_undefined() {
            return Err(NetworkFailure::Unreachable);
        }
        let piece: Uint8Array = web::get(&piece, "value").unchecked_into();
        if bytes.len() + piece.length() as usize > MAX_BODY {
            return Err(NetworkFailure::TooLarge);
        }
        bytes.append(&mut piece.to_vec());
    }
}

/// The front end's own request, with what it gave to `fetch`; `undefined` if it gave nonsense.
pub fn request(input: &JsValue, init: &JsValue) -> JsValue {
    web::make("Request", "[null,null]", &[Arg::Value(input), Arg::Value(init)])
}

/// Sends the front end's request with a token, following no redirect: a redirect could carry the token to
/// another origin (C-83). Answers the promise of `fetch`.
pub fn send_with_token(request: &JsValue, token: &str) -> JsValue {
    let request = web::make("Request", r#"[null,{"redirect":"error"}]"#, &[Arg::Value(request)]);
    let value = ["Bearer ", token].concat();
    web::call(&request, "headers.set", r#"["Authorization",null]"#, &[Arg::Text(&value)]);
    web::call_window("fetch", "[null]", &[Arg::Value(&request)])
}
