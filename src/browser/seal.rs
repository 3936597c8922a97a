//! Sealing what is stored: AES-GCM under a key made of two halves, a non-extractable one that lies beside
//! the sealed text and one in a session cookie. Without either there is nothing to read.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::crypto::subtle;
use super::web::{self, Arg};

/// Seals a text for the store. Where the page has no `crypto.subtle` (plain http) the text is kept in clear
/// beside the cookie's half, which then only says whether this is still the same browser session.
pub async fn seal(text: &str, half: &str) -> Option<JsValue> {
    let Some(subtle) = subtle() else {
        return Some(web::object("{}", &[("half", Arg::Text(half)), ("text", Arg::Text(text))]));
    };
    let mut random = [0; 44];
    getrandom::fill(&mut random).ok()?;
    let (secret, iv) = random.split_at_checked(32)?;
    let no = JsValue::FALSE;
    let arguments =
        [Arg::Text("raw"), Arg::Bytes(secret), Arg::Text("HKDF"), Arg::Value(&no), Arg::Json(r#"["deriveKey"]"#)];
    let base = web::done(web::call(&subtle, "importKey", &arguments)).await?;
    let iv = Uint8Array::from(iv).into();
    let sealed = crypt(&subtle, "encrypt", [&base, &iv], half, Arg::Bytes(text.as_bytes())).await?;
    let members = [("key", Arg::Value(&base)), ("iv", Arg::Value(&iv)), ("sealed", Arg::Value(&sealed))];
    Some(web::object("{}", &members))
}

/// Opens what [`seal`] made. `None` if it was made by another browser session, or by somebody else.
pub async fn unseal(stored: &JsValue, half: &str) -> Option<String> {
    let Some(subtle) = subtle() else {
        return Some(web::text(stored, "text")).filter(|_| web::text(stored, "half") == half);
    };
    let [base, iv, sealed] = ["key", "iv", "sealed"].map(|name| web::get(stored, name));
    let text = crypt(&subtle, "decrypt", [&base, &iv], half, Arg::Value(&sealed)).await?;
    String::from_utf8(Uint8Array::new(&text).to_vec()).ok()
}

/// Encrypts or decrypts under the key that follows from both halves.
async fn crypt(subtle: &JsValue, step: &str, [base, iv]: [&JsValue; 2], half: &str, data: Arg<'_>) -> Option<JsValue> {
    let members = [("salt", Arg::Bytes(half.as_bytes())), ("info", Arg::Bytes(b"otrs-auth record"))];
    let hkdf = web::object(r#"{"name":"HKDF","hash":"SHA-256"}"#, &members);
    let arguments = [
        Arg::Value(&hkdf),
        Arg::Value(base),
        Arg::Json(r#"{"name":"AES-GCM","length":256}"#),
        Arg::Value(&JsValue::FALSE),
        Arg::Json(r#"["encrypt","decrypt"]"#),
    ];
    let key = web::done(web::call(subtle, "deriveKey", &arguments)).await?;
    let gcm = web::object(r#"{"name":"AES-GCM"}"#, &[("iv", Arg::Value(iv))]);
    web::done(web::call(subtle, step, &[Arg::Value(&gcm), Arg::Value(&key), data])).await
}
