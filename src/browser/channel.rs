//! A word from tab to tab: something changed, look at the record. Never what changed.

use wasm_bindgen::JsValue;

use super::web::{self, Arg};

/// Opens the channel of a namespace; `heard` is called for every word of another tab. `undefined`
/// where the browser has no such channels: tabs then learn of changes when they look.
pub fn open(name: &str, heard: &JsValue) -> JsValue {
    let channel = web::make("BroadcastChannel", "[null]", &[Arg::Text(name)]);
    web::set(&channel, "onmessage", heard);
    channel
}

/// Says it.
pub fn announce(channel: &JsValue) {
    web::call(channel, "postMessage", r#"["changed"]"#, &[]);
}

/// Closes it.
pub fn close(channel: &JsValue) {
    web::call(channel, "close", "[]", &[]);
}
