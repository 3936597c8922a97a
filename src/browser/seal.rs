//! Sealing what is stored: AES-GCM under a key made of two halves, a non-extractable one that lies beside
//! the sealed text and one in a session cookie. Without either there is nothing to read.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::crypto::has_subtle;
use super::web::{self, Arg};

/// Seals a text for the store; `undefined` if the browser refuses. Where the page has no `crypto.subtle` (plain
/// http) the text is kept in clear beside the cookie's half, which then only says whether this is still the
/// same browser session.
pub async fn seal(text: &str, half: &str) -> JsValue {
    if !has_subtle() {
        return web::json(r#"{"half":null,"text":null}"#, &[Arg::Text(half), Arg::Text(text)]);
    }
    let mut random = [0; 44];
    if getrandom::fill(&mut random).is_err() {
        return JsValue::UNDEFINED;
    }
    let (secret, iv) = random.split_at(32);
    let arguments = r#"["raw",null,"HKDF",false,["deriveKey"]]"#;
    let base = web::done(web::call_window("crypto.subtle.importKey", arguments, &[Arg::Bytes(secret)])).await;
    let record = web::json(r#"{"key":null,"iv":null}"#, &[Arg::Value(&base), Arg::Bytes(iv)]);
    let sealed = crypt("crypto.subtle.encrypt", &record, half, Arg::Bytes(text.as_bytes())).await;
    if sealed.is_undefined() {
        return sealed;
    }
    web::set(&record, "sealed", &sealed);
    record
}

/// Opens what [`seal`] made. `None` if it was made by another browser session, or by somebody else.
pub async fn unseal(stored: &JsValue, half: &str) -> Option<String> {
    let text = if has_subtle() {
        let sealed = web::get(stored, "sealed");
        let text = crypt("crypto.subtle.decrypt", stored, half, Arg::Value(&sealed)).await;
        String::from_utf8(Uint8Array::new(&text).to_vec()).unwrap_or_default()
    } else if web::text(stored, "half") == half {
        web::text(stored, "text")
    } else {
        String::new()
    };
    // An empty text is no record either.
    (!text.is_empty()).then_some(text)
}

/// Encrypts or decrypts under the key that follows from both halves: the record's and the cookie's.
async fn crypt(step: &str, record: &JsValue, half: &str, data: Arg<'_>) -> JsValue {
    let (base, iv) = (web::get(record, "key"), web::get(record, "iv"));
    let arguments = r#"[{"name":"HKDF","hash":"SHA-256","salt":null,"info":null},null,{"name":"AES-GCM","length":256},false,["encrypt","decrypt"]]"#;
    let values = [Arg::Bytes(half.as_bytes()), Arg::Bytes(b"otrs-auth record"), Arg::Value(&base)];
    let key = web::done(web::call_window("crypto.subtle.deriveKey", arguments, &values)).await;
    let values = [Arg::Value(&iv), Arg::Value(&key), data];
    web::done(web::call_window(step, r#"[{"name":"AES-GCM","iv":null},null,null]"#, &values)).await
}
