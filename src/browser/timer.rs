//! Timers and deadlines: nothing waits for ever, even where a browser never answers.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;

use wasm_bindgen::prelude::*;

use super::web;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Calls `callback` once after `ms`; answers what [`cancel`] takes.
pub fn later(callback: &JsValue, ms: i64) -> JsValue {
    set_timeout(callback, i32::try_from(ms).unwrap_or(i32::MAX))
}

/// Forgets a timer.
pub fn cancel(timer: &JsValue) {
    clear_timeout(timer);
}

/// Runs a future to its end, or gives it up after `ms`.
pub async fn in_time<T>(mut future: Pin<&mut dyn Future<Output = T>>, ms: i64) -> Option<T> {
    let (promise, fulfil) = web::promise();
    let timer = later(&fulfil, ms);
    let mut timeout = web::done(promise);
    let result = poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        Pin::new(&mut timeout).poll(context).map(|_| None)
    })
    .await;
    cancel(&timer);
    result
}
