//! Waiting for one's turn, and never for ever.

use otrs_auth::browser::{clock, lock, timer};
use std::pin::pin;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn one_at_a_time() {
    let held = lock::acquire("turn", 5_000).await.expect("free");
    let began = clock::now().monotonic;
    assert!(lock::acquire("turn", 300).await.is_none(), "it is held");
    let waited = clock::now().monotonic - began;
    assert!((250..5_000).contains(&waited), "{waited} ms");
    drop(held);
    assert!(lock::acquire("turn", 5_000).await.is_some(), "it was given back");
}

#[wasm_bindgen_test]
async fn another_name_is_another_lock() {
    let _held = lock::acquire("one", 5_000).await.expect("free");
    assert!(lock::acquire("two", 5_000).await.is_some());
}

#[wasm_bindgen_test]
async fn a_promise_that_never_settles_is_given_up() {
    let never = js_sys::Promise::new(&mut |_, _| {});
    let wait = pin!(wasm_bindgen_futures::JsFuture::from(never));
    let began = clock::now().monotonic;
    assert!(timer::in_time(wait, 200).await.is_none());
    assert!(clock::now().monotonic - began >= 190);
}
