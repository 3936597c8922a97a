//! A Web Lock: one tab at a time.

use wasm_bindgen::prelude::*;

use super::web::{self, Arg};

/// A lock that is held until it is dropped.
pub struct Held(JsValue);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.0.dyn_ref::<js_sys::Function>() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits for a lock, at most `ms`. Where the browser has no locks (plain http) it is granted at once.
pub async fn acquire(name: &str, ms: u32) -> Option<Held> {
    if web::of_window("navigator.locks").is_undefined() {
        return Some(Held(JsValue::UNDEFINED));
    }
    let signal = web::call_window("AbortSignal.timeout", "[null]", &[Arg::Value(&ms.into())]);
    let (held, release) = web::promise();
    let lock = Held(release);
    let (granted, grant) = web::promise();
    let callback = Closure::once_into_js(move |lock: JsValue| {
        web::call(&grant, "call", "[0,null]", &[Arg::Value(&lock)]);
        held
    });
    let values = [Arg::Text(name), Arg::Value(&signal), Arg::Value(&callback)];
    // Rejected when the signal ends the wait, and fulfilled only when the lock is given back.
    let request = web::call_window("navigator.locks.request", r#"[null,{"signal":null},null]"#, &values);
    let first = web::call_window("Promise.race", "[[null,null]]", &[Arg::Value(&granted), Arg::Value(&request)]);
    web::done(first).await.is_object().then_some(lock)
}
