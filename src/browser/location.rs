//! The address bar and the browser's URL parser.

use wasm_bindgen::JsValue;

use crate::protocol::url::Url;

/// Parses an address, relative ones against the page.
pub fn parse(text: &str) -> Option<Url> {
    let url = web_sys::Url::new_with_base(text, &href()?).ok()?;
    Some(Url {
        href: url.href(),
        origin: url.origin(),
        protocol: url.protocol(),
        hostname: url.hostname(),
        has_credentials: !url.username().is_empty() || !url.password().is_empty(),
        has_query: !url.search().is_empty(),
        has_fragment: !url.hash().is_empty(),
    })
}

/// This page's address.
pub fn href() -> Option<String> {
    web_sys::window()?.location().href().ok()
}

/// Leaves for another address.
pub fn assign(url: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().assign(url);
    }
}

/// Leaves for another address, in place of this page in the history.
pub fn replace(url: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().replace(url);
    }
}

/// Shows another address for this page.
pub fn rewrite(url: &str) {
    let Some(history) = web_sys::window().and_then(|window| window.history().ok()) else {
        return;
    };
    let state = history.state().unwrap_or(JsValue::NULL);
    let _ = history.replace_state_with_url(&state, "", Some(url));
}
