//! Requests and what comes of them.

use otrs_auth::browser::{fetch, frame, location, timer};
use otrs_auth::protocol::http::{Method, NetworkFailure, Request};
use otrs_auth::protocol::session::Framed;
use std::pin::pin;
use wasm_bindgen_test::wasm_bindgen_test;

fn request(url: &str, method: Method) -> Request {
    Request { url: url.to_owned(), method }
}

#[wasm_bindgen_test]
async fn an_answer_comes_with_status_type_and_body() {
    let answer = fetch::send(request(&location::href(), Method::Get)).await.ok().unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.unwrap().starts_with("text/html"));
    assert!(!answer.body.is_empty());
}

#[wasm_bindgen_test]
async fn a_head_has_no_body() {
    let answer = fetch::send(request(&location::href(), Method::Head)).await.ok().unwrap();
    assert!(answer.body.is_empty());
}

#[wasm_bindgen_test]
async fn nobody_there_is_unreachable() {
    for method in [Method::Get, Method::Post("a=b".to_owned()), Method::Reach] {
        let failure = fetch::send(request("http://127.0.0.1:9/", method)).await.err();
        assert_eq!(failure, Some(NetworkFailure::Unreachable));
    }
}

#[wasm_bindgen_test]
async fn a_request_given_up_is_aborted() {
    let send = pin!(fetch::send(request(&location::href(), Method::Get)));
    assert!(timer::in_time(send, 0).await.is_none_or(|answer| answer.is_ok()));
}

#[wasm_bindgen_test]
async fn a_frame_that_stays_with_us_is_told() {
    let page = location::href();
    assert_eq!(frame::probe(&page, &page).await, Framed::Returned);
}
