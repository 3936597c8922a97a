//! Keys to prove possession of: made by the browser, which signs with them and gives the private half to nobody.

use wasm_bindgen::JsValue;

use super::web;
use crate::protocol::dpop;

/// Makes the `private` key, which cannot be exported, and the public `point`.
pub const MAKE: &str = r#"pair = await crypto.subtle.generateKey [{"name":"ECDSA","namedCurve":"P-256"},false,["sign"]]
    private = @pair.privateKey
    point = await crypto.subtle.exportKey ["raw","@pair.publicKey"]"#;

/// Signs the `message` with the `private` key.
pub const SIGN: &str =
    r#"signature = await crypto.subtle.sign [{"name":"ECDSA","hash":"SHA-256"},"@private","@message"]"#;

/// The name of the key that [`MAKE`] made; empty if it made none.
pub fn made(scope: &JsValue) -> String {
    match web::get(scope, "private").is_object() {
        true => dpop::key_of_point(&web::bytes(scope, "point")),
        false => String::new(),
    }
}

/// What [`SIGN`] signs.
pub fn message(scope: &JsValue, input: &str) {
    web::set_text(scope, "unsigned", input);
    web::set_bytes(scope, "message", input.as_bytes());
}

/// The signed proof; `None` if there was no key to sign with.
pub fn signed(scope: &JsValue) -> Option<String> {
    dpop::signed(&web::text(scope, "unsigned"), &web::bytes(scope, "signature"))
}
