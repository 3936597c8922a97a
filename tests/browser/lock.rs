//! Waiting for one's turn, and never for ever.

use crate::done;
use otrs_auth::browser::lock::{self, Held};
use otrs_auth::browser::{clock, web};
use wasm_bindgen_test::wasm_bindgen_test;

async fn acquire(name: &str, ms: u32) -> Option<Held> {
    let scope = web::scope();
    let recipe = lock::request(&scope, name, ms);
    done(&scope, &[recipe]).await;
    lock::granted(&scope)
}

#[wasm_bindgen_test]
async fn one_at_a_time() {
    let held = acquire("turn", 5_000).await.expect("free");
    let began = clock::now().monotonic;
    assert!(acquire("turn", 300).await.is_none(), "it is held");
    let waited = clock::now().monotonic - began;
    assert!((250..5_000).contains(&waited), "{waited} ms");
    drop(held);
    assert!(acquire("turn", 5_000).await.is_some(), "it was given back");
}

#[wasm_bindgen_test]
async fn another_name_is_another_lock() {
    let _held = acquire("one", 5_000).await.expect("free");
    assert!(acquire("two", 5_000).await.is_some());
}
