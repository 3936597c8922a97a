//! A Web Lock: one tab at a time.

use wasm_bindgen::prelude::*;

use super::web;

/// The request is rejected when the signal ends the wait, and fulfilled only when the lock is given back.
const REQUEST: &str = r#"signal = AbortSignal.timeout ["@ms"]
    request = navigator.locks.request ["@name",{"signal":"@signal"},"@callback"]
    lock = await Promise.race [["@granted.promise","@request"]]"#;

/// A lock that is held until it is dropped.
pub struct Held(JsValue);

impl Drop for Held {
    fn drop(&mut self) {
        web::run(&self.0, "_ = @held.resolve []");
        #[cfg(feature = "full")]
        super::lease::give_back(&self.0);
    }
}

/// Whether the browser has locks, which it has not on plain http.
pub fn are_there() -> bool {
    web::of_window("navigator.locks").is_object()
}

/// Puts what is needed into the scope and tells how to wait for a lock, at most `ms`. Where the browser has no
/// locks it is granted at once.
pub fn request(scope: &JsValue, name: &str, ms: u32) -> &'static str {
    web::set_text(scope, "name", name);
    web::set(scope, "ms", &ms.into());
    web::run(scope, "held = promise\n granted = promise");
    if !are_there() {
        return "lock = @held";
    }
    let own = scope.clone();
    let callback = web::function(Box::new(move |lock| {
        web::set(&own, "lock", &lock);
        web::run(&own, r#"_ = @granted.resolve ["@lock"]"#);
        web::get(&own, "held.promise")
    }));
    web::set(scope, "callback", &callback);
    REQUEST
}

/// The lock, if it was granted.
pub fn granted(scope: &JsValue) -> Option<Held> {
    web::get(scope, "lock").is_object().then(|| Held(scope.clone()))
}
