//! A word to the other tabs: that something changed, never what.

use wasm_bindgen::JsValue;

use super::web::{self, Arg};

/// Opens the channel of a namespace; `heard` is called for every word of another tab. `undefined`
/// where the browser has no such channels: tabs then learn of changes when they look.
pub fn open(name: &str, heard: &JsValue) -> JsValue {
    let channel = web::make("BroadcastChannel", &[Arg::Text(name)]);
    web::set(&channel, "onmessage", Arg::Value(heard));
    channel
}

/// Says it.
pub fn announce(channel: &JsValue) {
    web::call(channel, "postMessage", &[Arg::Text("changed")]);
}

/// Closes it.
pub fn close(channel: &JsValue) {
    web::call(channel, "close", &[]);
}
