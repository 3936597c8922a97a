//! A Web Lock: one tab at a time.

use js_sys::Promise;
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
    if !locks.is_object() {
        return Some(Held(JsValue::UNDEFINED));
    }
    let signal = web::call(&web::of_window("AbortSignal"), "timeout", &[Arg::Value(&ms.into())])?;
    let options = web::object("{}", &[("signal", Arg::Value(&signal))]);
    let (held, release) = web::promise();
    let lock = Held(release);
    let granted = Promise::new(&mut |resolve, reject| {
        let held = held.clone();
        let callback = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
            held
        });
        let arguments = [Arg::Text(name), Arg::Value(&options), Arg::Value(&callback)];
        // The signal ends the wait; unless somebody listens, the browser reports that as an error.
        match web::call(&locks, "request", &arguments) {
            Some(request) => drop(web::call(&request, "catch", &[Arg::Value(&reject)])),
            None => drop(reject.call0(&JsValue::UNDEFINED)),
        }
    });
    web::done(Some(granted.into())).await.map(|_| lock)
}
