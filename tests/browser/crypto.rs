//! What the browser computes for us.

use crate::done;
use otrs_auth::browser::crypto::{VERIFY, entropy, signature};
use otrs_auth::browser::web;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

async fn verify_es256(parts: &[Vec<u8>; 4]) -> bool {
    let scope = signature(parts);
    done(&scope, &[VERIFY]).await;
    web::get(&scope, "right").is_truthy()
}

async fn call(name: &str, arguments: &[JsValue]) -> JsValue {
    let subtle = web::of_window("crypto.subtle");
    let list: js_sys::Array = arguments.iter().collect();
    let method: js_sys::Function = web::get(&subtle, name).unchecked_into();
    let promise = js_sys::Reflect::apply(&method, &subtle, &list).unwrap();
    JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await.unwrap()
}

fn json(text: &str) -> JsValue {
    js_sys::JSON::parse(text).unwrap()
}

fn bytes(value: &JsValue) -> Vec<u8> {
    js_sys::Uint8Array::new(value).to_vec()
}

#[wasm_bindgen_test]
async fn es256_signatures_right_and_wrong() {
    let algorithm = json(r#"{"name":"ECDSA","namedCurve":"P-256"}"#);
    let pair = call("generateKey", &[algorithm, true.into(), json(r#"["sign","verify"]"#)]).await;
    let point = bytes(&call("exportKey", &["raw".into(), web::get(&pair, "publicKey")]).await);
    let message = b"header.payload".to_vec();
    let data = js_sys::Uint8Array::from(message.as_slice());
    let how = json(r#"{"name":"ECDSA","hash":"SHA-256"}"#);
    let signed = bytes(&call("sign", &[how, web::get(&pair, "privateKey"), data.into()]).await);
    let (x, y) = (point[1..33].to_vec(), point[33..].to_vec());

    let right = [x.clone(), y.clone(), message.clone(), signed.clone()];
    assert_eq!(verify_es256(&right).await, true);
    for part in 0..4 {
        let mut wrong = right.clone();
        wrong[part][5] ^= 1;
        assert_ne!(verify_es256(&wrong).await, true, "part {part} changed");
    }
    let short = [x, y, message, signed[..63].to_vec()];
    assert_ne!(verify_es256(&short).await, true);
}

#[wasm_bindgen_test]
fn random_bytes_differ() {
    let [one, two] = [entropy().unwrap(), entropy().unwrap()];
    assert_ne!(one, two);
    assert!(one.iter().any(|byte| *byte != 0));
}
