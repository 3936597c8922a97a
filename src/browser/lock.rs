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
    let locks = web::get(&web::of_window("navigator"), "locks");
    if locks.is_undefined() {
        return Some(Held(JsValue::UNDEFINED));
    }
    let signal = web::call(&web::of_window("AbortSignal"), "timeout", &[Arg::Value(&ms.into())]);
    let options = web::object("{}", &[("signal", Arg::Value(&signal))]);
    let (held, release) = web::promise();
    let lock = Held(release);
    let (granted, grant) = web::promise();
    let callback = Closure::once_into_js(move |lock: JsValue| {
        web::call(&grant, "call", &[Arg::Json("null"), Arg::Value(&lock)]);
        held
    });
    let arguments = [Arg::Text(name), Arg::Value(&options), Arg::Value(&callback)];
    // Rejected when the signal ends the wait, and fulfilled only when the lock is given back.
    let request = web::call(&locks, "request", &arguments);
    let either = js_sys::Array::of2(&granted, &request);
    web::done(js_sys::Promise::race(&either).into()).await.is_object().then_some(lock)
}
