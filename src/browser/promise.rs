//! Promises with a deadline: nothing waits for ever, even where a browser never answers.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: i32, argument: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Calls `callback` once after `ms`; answers what [`cancel`] takes.
pub fn later(callback: &Function, ms: i64) -> JsValue {
    later_with(callback, ms, &JsValue::UNDEFINED)
}

fn later_with(callback: &Function, ms: i64, argument: &JsValue) -> JsValue {
    set_timeout(callback, i32::try_from(ms).unwrap_or(i32::MAX), argument)
}

/// Forgets a timer.
pub fn cancel(timer: &JsValue) {
    clear_timeout(timer);
}

/// What a promise came to.
pub enum Settled {
    /// Fulfilled.
    Value(JsValue),
    /// Rejected.
    Error,
    /// Not settled in time.
    Late,
}

/// Waits for a promise, at most `ms`.
pub async fn within(promise: Promise, ms: i64) -> Settled {
    let mut timer = JsValue::UNDEFINED;
    // A new object is equal to nothing that a promise could bring.
    let late: JsValue = Array::new().into();
    let timeout = Promise::new(&mut |resolve, _| {
        timer = later_with(&resolve, ms, &late);
    });
    let settled = JsFuture::from(Promise::race(&Array::of2(&promise, &timeout))).await;
    cancel(&timer);
    match settled {
        Ok(value) if value == late => Settled::Late,
        Ok(value) => Settled::Value(value),
        Err(_) => Settled::Error,
    }
}

/// The value of a promise that came in time.
pub async fn value_within(promise: Result<Promise, JsValue>, ms: i64) -> Option<JsValue> {
    match within(promise.ok()?, ms).await {
        Settled::Value(value) => Some(value),
        Settled::Error | Settled::Late => None,
    }
}
