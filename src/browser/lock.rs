//! A Web Lock: one tab at a time.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use super::promise::{Settled, within};
use super::{member, object};

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &JsValue,
        callback: &JsValue,
    ) -> Result<Promise, JsValue>;
}

/// A lock that is held until it is dropped.
pub struct Held(Option<Function>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits for a lock, at most `ms`. Where the browser has no locks (plain http) it is granted at once.
pub async fn acquire(name: &str, ms: u32) -> Option<Held> {
    let navigator = web_sys::window()?.navigator();
    let locks = member(&navigator, "locks");
    if !locks.is_object() {
        return Some(Held(None));
    }
    let locks: LockManager = locks.unchecked_into();
    let options = object(&[("signal", &AbortSignal::timeout_with_u32(ms))]);
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let granted = Promise::new(&mut |resolve, reject| {
        let held = held.clone();
        let callback = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
            held
        });
        // The signal ends the wait; without this the rejection would be reported as unhandled.
        match locks.request(name, &options, &callback) {
            Ok(request) => drop(request.then2_functions(&reject)),
            Err(_) => drop(reject.call0(&JsValue::UNDEFINED)),
        }
    });
    let lock = Held(release);
    match within(granted, i64::from(ms) + 1000).await {
        Settled::Value(_) => Some(lock),
        Settled::Error | Settled::Late => None,
    }
}

trait OnError {
    fn then2_functions(&self, rejected: &Function) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    type Catching;
    #[wasm_bindgen(method, js_name = catch)]
    fn on_error(this: &Catching, callback: &Function) -> JsValue;
}

impl OnError for Promise {
    fn then2_functions(&self, rejected: &Function) -> JsValue {
        self.unchecked_ref::<Catching>().on_error(rejected)
    }
}
