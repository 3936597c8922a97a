//! What the browser computes for us.

use crate::done;
use otrs_auth::browser::crypto::{VERIFY, entropy, signature};
use otrs_auth::browser::web;
use otrs_auth::protocol::encoding::decode_base64url;
use otrs_auth::protocol::keys::Algorithm;
use otrs_auth::protocol::rsa::verify_rs256;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

async fn verify(algorithm: Algorithm, parts: &[Vec<u8>; 4]) -> bool {
    let scope = signature(algorithm, parts);
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
    right_and_wrong(Algorithm::Es256, &right).await;
    let short = [x, y, message, signed[..63].to_vec()];
    assert!(!verify(Algorithm::Es256, &short).await);
}

#[wasm_bindgen_test]
async fn rs256_signatures_right_and_wrong() {
    let algorithm = r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256","modulusLength":2048}"#;
    let algorithm = json(algorithm);
    let exponent = js_sys::Uint8Array::from([1u8, 0, 1].as_slice());
    web::set(&algorithm, "publicExponent", &exponent);
    let pair = call("generateKey", &[algorithm, true.into(), json(r#"["sign","verify"]"#)]).await;
    let key = call("exportKey", &["jwk".into(), web::get(&pair, "publicKey")]).await;
    let modulus = decode_base64url(&web::text(&key, "n")).unwrap();
    let message = b"header.payload".to_vec();
    let data = js_sys::Uint8Array::from(message.as_slice());
    let how = json(r#"{"name":"RSASSA-PKCS1-v1_5"}"#);
    let signed = bytes(&call("sign", &[how, web::get(&pair, "privateKey"), data.into()]).await);
    let right = [modulus, vec![1, 0, 1], message, signed];
    right_and_wrong(Algorithm::Rs256, &right).await;
    // What the browser finds right is so by our own arithmetic, which pages use that are not secure.
    let [n, e, message, signed] = &right;
    assert!(verify_rs256(n, e, message, signed));
}

async fn right_and_wrong(algorithm: Algorithm, right: &[Vec<u8>; 4]) {
    assert!(verify(algorithm, right).await);
    for part in 0..4 {
        let mut wrong = right.clone();
        let at = wrong[part].len() / 2;
        wrong[part][at] ^= 4;
        assert!(!verify(algorithm, &wrong).await, "part {part} changed");
    }
}

#[wasm_bindgen_test]
fn random_bytes_differ() {
    let [one, two] = [entropy().unwrap(), entropy().unwrap()];
    assert_ne!(one, two);
    assert!(one.iter().any(|byte| *byte != 0));
}
