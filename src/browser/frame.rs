//! A hidden frame, sent to Keycloak to see whether it comes back.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Document, HtmlIFrameElement};

use super::object;
use super::promise::{Settled, within};
use crate::protocol::session::Framed;

/// Loads `url` in a hidden frame without scripts and looks where it ended: on our origin, where its address
/// can be read, or elsewhere. `own` is a page of ours; where even that cannot be framed, and where a
/// content security policy forbids the frame, nothing can be told.
pub async fn probe(url: &str, own: &str, ms: i64) -> Framed {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return Framed::Unknown;
    };
    match (
        comes_back(&document, own, ms).await,
        comes_back(&document, url, ms).await,
    ) {
        (Some(true), Some(true)) => Framed::Returned,
        (Some(true), Some(false)) => Framed::Stayed,
        _ => Framed::Unknown,
    }
}

/// `None` if the frame was blocked by policy or did not load in time.
async fn comes_back(document: &Document, url: &str, ms: i64) -> Option<bool> {
    let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.unchecked_into();
    // The same origin, so that its address can be read; no scripts, so that the page in it does not run.
    let _ = frame.set_attribute("sandbox", "allow-same-origin");
    let _ = frame.set_attribute("aria-hidden", "true");
    frame.set_hidden(true);
    let controller = AbortController::new().ok()?;
    let options = object(&[("signal", &controller.signal()), ("once", &true.into())]);
    let blocked = js_sys::Array::new();
    let loaded = Promise::new(&mut |resolve, _| {
        let mark = blocked.clone();
        let violated = Closure::once_into_js(move || mark.push(&true.into()));
        let _ = document.add_event_listener_with_callback_and_add_event_listener_options(
            "securitypolicyviolation",
            violated.unchecked_ref(),
            options.unchecked_ref(),
        );
        let _ = frame.add_event_listener_with_callback_and_add_event_listener_options(
            "load",
            &resolve,
            options.unchecked_ref(),
        );
    });
    frame.set_src(url);
    document.body()?.append_child(&frame).ok()?;
    let settled = within(loaded, ms).await;
    controller.abort();
    let back = frame
        .content_window()
        .and_then(|window| window.location().href().ok())
        .is_some_and(|href| href.starts_with("http"));
    frame.remove();
    match settled {
        Settled::Value(_) if blocked.length() == 0 => Some(back),
        _ => None,
    }
}
