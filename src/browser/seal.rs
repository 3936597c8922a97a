//! Sealing what is stored: AES-GCM under a key made of two halves, a non-extractable one that lies beside
//! the sealed text and one in a session cookie. Without either there is nothing to read.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::crypto::subtle;
use super::web::{self, Arg};

/// Seals a text for the store; `undefined` if the browser refuses. Where the page has no `crypto.subtle` (plain
/// http) the text is kept in clear beside the cookie's half, which then only says whether this is still the
/// same browser session.
pub async fn seal(text: &str, half: &str) -> JsValue {
    let subtle = subtle();
    if subtle.is_undefined() {
        return web::object("{}", &[("half", Arg::Text(half)), ("text", Arg::Text(text))]);
    }
    let mut random = [0; 44];
    if getrandom::fill(&mut random).is_err() {
        return JsValue::UNDEFINED;
    }
    let (secret, iv) = random.split_at(32);
    let arguments =
        [Arg::Text("raw"), Arg::Bytes(secret), Arg::Text("HKDF"), Arg::Json("false"), Arg::Json(r#"["deriveKey"]"#)];
    let base = web::done(web::call(&subtle, "importKey", &arguments)).await;
    let record = web::object("{}", &[("key", Arg::Value(&base)), ("iv", Arg::Bytes(iv))]);
    let sealed = crypt(&subtle, "encrypt", &record, half, Arg::Bytes(text.as_bytes())).await;
    if sealed.is_undefined() {
        return sealed;
    }
    web::set(&record, "sealed", Arg::Value(&sealed));
    record
}

/// Opens what [`seal`] made. `None` if it was made by another browser session, or by somebody else.
pub async fn unseal(stored: &JsValue, half: &str) -> Option<String> {
    let subtle = subtle();
    if subtle.is_undefined() {
        return Some(web::text(stored, "text")).filter(|_| web::text(stored, "half") == half);
    }
    let sealed = web::get(stored, "sealed");
    let text = crypt(&subtle, "decrypt", stored, half, Arg::Value(&sealed)).await;
    // An empty text is no record either.
    String::from_utf8(Uint8Array::new(&text).to_vec()).ok().filter(|text| !text.is_empty())
}

/// Encrypts or decrypts under the key that follows from both halves: the record's and the cookie's.
async fn crypt(subtle: &JsValue, step: &str, record: &JsValue, half: &str, data: Arg<'_>) -> JsValue {
    let members = [("salt", Arg::Bytes(half.as_bytes())), ("info", Arg::Bytes(b"otrs-auth record"))];
    let hkdf = web::object(r#"{"name":"HKDF","hash":"SHA-256"}"#, &members);
    let base = web::get(record, "key");
    let arguments = [
        Arg::Value(&hkdf),
        Arg::Value(&base),
        Arg::Json(r#"{"name":"AES-GCM","length":256}"#),
        Arg::Json("false"),
        Arg::Json(r#"["encrypt","decrypt"]"#),
    ];
    let key = web::done(web::call(subtle, "deriveKey", &arguments)).await;
    let iv = web::get(record, "iv");
    let gcm = web::object(r#"{"name":"AES-GCM"}"#, &[("iv", Arg::Value(&iv))]);
    web::done(web::call(subtle, step, &[Arg::Value(&gcm), Arg::Value(&key), data])).await
}
