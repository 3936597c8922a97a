//! Requests and what comes of them.

use crate::{done, done_with, pause};
use otrs_auth::browser::{fetch, frame, location, web};
use otrs_auth::protocol::http::{Answer, Method, NetworkFailure, Request};
use otrs_auth::protocol::session::Framed;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn request(url: &str, method: Method) -> Request {
    Request { url: url.to_owned(), method }
}

async fn send(request: Request) -> Result<Answer, NetworkFailure> {
    let scope = web::scope();
    let (recipe, body) = fetch::request(&scope, &request);
    let result = Rc::new(RefCell::new(None));
    let own = result.clone();
    let then = move |scope: &_| {
        own.replace(Some(fetch::answer(scope, &body)));
        None
    };
    done_with(&scope, &[recipe], then).await;
    result.take().unwrap()
}

#[wasm_bindgen_test]
async fn an_answer_comes_with_status_type_and_body() {
    let answer = send(request(&location::href(), Method::Get)).await.ok().unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.content_type.unwrap().starts_with("text/html"));
    assert!(!answer.body.is_empty());
}

#[wasm_bindgen_test]
async fn a_head_has_no_body() {
    let answer = send(request(&location::href(), Method::Head)).await.ok().unwrap();
    assert!(answer.body.is_empty());
}

#[wasm_bindgen_test]
async fn nobody_there_is_unreachable() {
    for method in [Method::Get, Method::Post("a=b".to_owned())] {
        let failure = send(request("http://127.0.0.1:9/", method)).await.err();
        assert_eq!(failure, Some(NetworkFailure::Unreachable));
    }
}

#[wasm_bindgen_test]
async fn a_request_given_up_is_aborted() {
    let scope = web::scope();
    let (recipe, _) = fetch::request(&scope, &request(&location::href(), Method::Get));
    web::work(&scope, vec![recipe], Box::new(|_| unreachable!("it goes on")));
    web::run(&scope, "over = Object []\n _ = @controller.abort []");
    pause(100).await;
    assert!(web::get(&scope, "response").is_undefined());
}

#[wasm_bindgen_test]
async fn a_frame_that_stays_with_us_is_told() {
    let page = location::href();
    let scope = web::scope();
    done(&scope, &frame::probe(&scope, &page, &page)).await;
    assert_eq!(frame::seen(&scope), Framed::Returned);
    assert!(web::of_window("document.querySelector").is_function());
    web::run(&scope, r#"left = document.querySelector ["iframe[aria-hidden]"]"#);
    assert!(web::get(&scope, "left").is_null(), "the frame is removed");
}

#[wasm_bindgen_test]
fn a_connection_is_asked_for_by_a_link_that_does_not_stay() {
    let scope = web::scope();
    web::set(&scope, "seen", &web::function(Box::new(|_| JsValue::UNDEFINED)));
    web::run(
        &scope,
        r#"observer = new MutationObserver ["@seen"]
        head = document.head
        _ = @observer.observe ["@head",{"childList":true}]"#,
    );
    location::go("https://iam.example.com/auth", location::CONNECT);
    web::run(&scope, "records = @observer.takeRecords []\n _ = @observer.disconnect []");
    assert_eq!(web::text(&scope, "records.0.addedNodes.0.rel"), "preconnect");
    assert_eq!(web::text(&scope, "records.0.addedNodes.0.href"), "https://iam.example.com/auth");
    assert!(web::get(&scope, "records.1.removedNodes.0").is_object());
}
