//! Waiting for one's turn, and never for ever.

use otrs_auth::browser::{clock, lock, timer, wait, web};
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
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
    let wait = pin!(web::done(never.into()));
    let began = clock::now().monotonic;
    assert!(timer::in_time(wait, 200).await.is_none());
    assert!(clock::now().monotonic - began >= 190);
}

#[wasm_bindgen_test]
async fn a_wait_given_up_is_not_missed_when_its_promise_settles() {
    let (reported, report) = web::promise();
    web::call_window("addEventListener", r#"["unhandledrejection", null]"#, &[web::Arg::Value(&report)]);
    let (promise, fulfil) = web::promise();
    {
        let wait = pin!(web::done(promise));
        assert!(timer::in_time(wait, 20).await.is_none());
    }
    web::call(&fulfil, "call", "[0, 1]", &[]);
    let quiet = pin!(web::done(reported));
    assert!(timer::in_time(quiet, 300).await.is_none(), "the page was told of a rejection");
}

#[wasm_bindgen_test]
async fn tasks_wait_side_by_side() {
    let done = Rc::new(Cell::new(0));
    let (finished, finish) = web::promise();
    for ms in [30, 10, 20] {
        let (done, finish) = (done.clone(), finish.clone());
        wait::spawn(Box::pin(async move {
            for _ in 0..3 {
                let (later, fulfil) = web::promise();
                timer::later(&fulfil, ms);
                web::done(later).await;
                done.set(done.get() + 1);
            }
            if done.get() == 9 {
                web::call(&finish, "call", "[0]", &[]);
            }
        }));
    }
    assert_eq!(done.get(), 0, "all of them wait");
    web::done(finished).await;
    assert_eq!(done.get(), 9);
}

#[wasm_bindgen_test]
async fn a_rejected_promise_and_no_promise_are_undefined() {
    assert!(web::done(js_sys::Promise::reject(&"no".into()).into()).await.is_undefined());
    assert!(web::done(web::call(&"text".into(), "no.method", "[]", &[])).await.is_undefined());
    assert_eq!(web::done(7.into()).await.as_f64(), Some(7.0));
}
