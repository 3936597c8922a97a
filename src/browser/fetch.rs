//! Requests: to Keycloak, by its rules, and to the API, by the front end's.

use gloo_net::http::{Method, RequestBuilder, Response};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestMode, RequestRedirect,
};

use super::member;
use super::promise::within;
use crate::protocol::http::{Answer, NetworkFailure, Request};

/// No honest answer of Keycloak is larger.
const MAX_BODY: usize = 256 * 1024;

/// Every option is set, so that none is inherited from a polluted prototype or a browser's default (C-40).
fn builder(url: &str, controller: &AbortController) -> RequestBuilder {
    RequestBuilder::new(url)
        .mode(RequestMode::Cors)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Error)
        .referrer("")
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(&controller.signal()))
}

/// Sends a request to Keycloak and reads the answer, both within `ms`.
pub async fn send(request: Request, ms: i64) -> Result<Answer, NetworkFailure> {
    let controller = AbortController::new().map_err(|_| NetworkFailure::Unreachable)?;
    let builder = builder(&request.url, &controller).header("Accept", "application/json");
    let ready = match request.form {
        None => builder.method(Method::GET).build(),
        Some(form) => builder
            .method(Method::POST)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form),
    };
    let ready = ready.map_err(|_| NetworkFailure::Unreachable)?;
    let mut answer = Err(NetworkFailure::Unreachable);
    {
        // One deadline for the headers and the body: a server may stop in the middle of either.
        let exchange = async {
            let response = ready
                .send()
                .await
                .map_err(|_| NetworkFailure::Unreachable)?;
            let body = body(&response).await?;
            Ok(Answer {
                status: response.status(),
                content_type: response.headers().get("Content-Type"),
                body,
            })
        };
        let late = in_time(async { answer = exchange.await }, ms).await;
        if late {
            answer = Err(NetworkFailure::TimedOut);
        }
    }
    controller.abort();
    answer
}

/// Runs a future to its end or for `ms`; answers whether it was late.
async fn in_time(future: impl Future<Output = ()>, ms: i64) -> bool {
    use core::pin::pin;
    use core::task::Poll;
    let never = js_sys::Promise::new(&mut |_, _| {});
    let mut timeout = pin!(within(never, ms));
    let mut future = pin!(future);
    core::future::poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        timeout.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// Reads a body piece by piece, so that an endless one is noticed before it fills the memory.
async fn body(response: &Response) -> Result<Vec<u8>, NetworkFailure> {
    let mut bytes = Vec::new();
    let Some(stream) = response.body() else {
        return Ok(bytes);
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let piece = JsFuture::from(reader.read())
            .await
            .map_err(|_| NetworkFailure::Unreachable)?;
        if member(&piece, "done").is_truthy() {
            return Ok(bytes);
        }
        let Ok(piece) = member(&piece, "value").dyn_into::<Uint8Array>() else {
            return Err(NetworkFailure::Unreachable);
        };
        if bytes.len() + piece.length() as usize > MAX_BODY {
            return Err(NetworkFailure::TooLarge);
        }
        bytes.extend_from_slice(&piece.to_vec());
    }
}

/// Whether anything answers at an address; what it says is hidden from us and of no interest.
pub async fn reaches(url: &str, ms: i64) -> bool {
    let Ok(controller) = AbortController::new() else {
        return false;
    };
    let request = builder(url, &controller)
        .mode(RequestMode::NoCors)
        .redirect(RequestRedirect::Follow)
        .build();
    let Ok(request) = request else { return false };
    let mut reached = false;
    let late = in_time(async { reached = request.send().await.is_ok() }, ms).await;
    controller.abort();
    reached && !late
}

/// The `Date` that this page's own server gives, not from a cache.
pub async fn server_date(page: &str, ms: i64) -> Option<String> {
    let controller = AbortController::new().ok()?;
    let request = builder(page, &controller)
        .mode(RequestMode::SameOrigin)
        .method(Method::HEAD)
        .build()
        .ok()?;
    let mut date = None;
    let late = in_time(
        async {
            date = request
                .send()
                .await
                .ok()
                .and_then(|response| response.headers().get("Date"))
        },
        ms,
    )
    .await;
    controller.abort();
    date.filter(|_| !late)
}

/// The front end's own request, with what it gave to `fetch`.
pub fn request(input: &JsValue, init: &JsValue) -> Result<web_sys::Request, JsValue> {
    let init: &web_sys::RequestInit = init.unchecked_ref();
    match input.dyn_ref::<web_sys::Request>() {
        Some(request) => web_sys::Request::new_with_request_and_init(request, init),
        None => {
            let text = js_sys::JsString::from(js_sys::Object::from(input.clone()).to_string());
            web_sys::Request::new_with_str_and_init(&String::from(text), init)
        }
    }
}

/// Sends the front end's request with a token, following no redirect: a redirect could carry the token to
/// another origin (C-83).
pub async fn send_with_token(
    request: &web_sys::Request,
    token: &str,
) -> Result<web_sys::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let init = web_sys::RequestInit::new();
    init.set_redirect(RequestRedirect::Error);
    let request = web_sys::Request::new_with_request_and_init(request, &init)?;
    request
        .headers()
        .set("Authorization", &["Bearer ", token].concat())?;
    Ok(JsFuture::from(window.fetch_with_request(&request))
        .await?
        .unchecked_into())
}
