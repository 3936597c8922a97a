//! Sealing what is stored: AES-GCM under a key made of two halves, a non-extractable one that lies beside
//! the sealed text and one in a session cookie. Without either there is nothing to read.

use wasm_bindgen::JsValue;

use super::crypto::can_seal;
use super::web;
use crate::protocol::text::utf8;

/// Makes the sealed `value` of `data`. The key in the record alone opens nothing: what encrypts follows from both.
pub const SEAL: &str = r#"key = await crypto.subtle.importKey ["raw","@secret","HKDF",false,["deriveKey"]]
    whole = await crypto.subtle.deriveKey [{"name":"HKDF","hash":"SHA-256","salt":"@half","info":"@info"},"@key",{"name":"AES-GCM","length":256},false,["encrypt"]]
    sealed = await crypto.subtle.encrypt [{"name":"AES-GCM","iv":"@iv"},"@whole","@data"]
    value = @sealed ? Object.assign [{"key":"@key","iv":"@iv","sealed":"@sealed","mark":"@mark"}]"#;

/// Puts the key of the tokens beside them. It cannot be sealed, because it cannot be exported.
#[cfg(feature = "full")]
pub const WITH_PRIVATE: &str = r#"_ = @private ? Object.assign ["@value",{"private":"@private"}]"#;

/// Makes the `opened` text of a sealed `result`.
pub const UNSEAL: &str = r#"whole = await crypto.subtle.deriveKey [{"name":"HKDF","hash":"SHA-256","salt":"@half","info":"@info"},"@result.key",{"name":"AES-GCM","length":256},false,["decrypt"]]
    opened = await crypto.subtle.decrypt [{"name":"AES-GCM","iv":"@result.iv"},"@whole","@result.sealed"]"#;

/// Puts the cookie's half into the scope, which both recipes need, and the `name` that the record is stored under:
/// under another one it does not open.
pub fn with_half(scope: &JsValue, half: &str, name: &str) {
    web::set_text(scope, "cookie", &[half, name].concat());
    web::set_bytes(scope, "half", half.as_bytes());
    web::set_bytes(scope, "info", name.as_bytes());
}

/// Puts a text into the scope that is to be sealed for the store, and tells how. Where the page has no
/// `crypto.subtle` (plain http) the text is kept in clear beside the cookie's half, which then only says whether
/// this is still the same browser session. Without random numbers there is no `value`.
pub fn seal(scope: &JsValue, text: &str) -> &'static str {
    web::set_text(scope, "text", text);
    web::set_bytes(scope, "data", text.as_bytes());
    if !can_seal() {
        return r#"value = Object.assign [{"half":"@cookie","text":"@text","mark":"@mark"}]"#;
    }
    let mut random = [0; 44];
    if getrandom::fill(&mut random).is_err() {
        return "";
    }
    let (secret, iv) = random.split_at(32);
    web::set_bytes(scope, "secret", secret);
    web::set_bytes(scope, "iv", iv);
    SEAL
}

/// What [`seal`] had sealed, once `result` was unsealed. `None` if that was done by another browser session, or by
/// somebody else.
pub fn opened(scope: &JsValue) -> Option<String> {
    let text = if can_seal() {
        utf8(&web::bytes(scope, "opened")).unwrap_or_default()
    } else if web::text(scope, "result.half") == web::text(scope, "cookie") {
        web::text(scope, "result.text")
    } else {
        String::new()
    };
    // An empty text is no record either.
    (!text.is_empty()).then_some(text)
}
