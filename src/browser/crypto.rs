//! Random bytes, and the signature check that the browser does for us.

use wasm_bindgen::JsValue;

use super::web;

/// 96 random bytes, or `None` if the browser gives none.
pub fn entropy() -> Option<[u8; 96]> {
    let mut bytes = [0; 96];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// Whether there is `crypto.subtle`, which plain http pages lack.
pub fn has_subtle() -> bool {
    web::of_window("crypto.subtle").is_object()
}

/// Checks an ES256 signature (RFC 7518 section 3.4): `right` is true if it is right.
pub const VERIFY: &str = r#"key = await crypto.subtle.importKey ["raw","@point",{"name":"ECDSA","namedCurve":"P-256"},false,["verify"]]
    right = await crypto.subtle.verify [{"name":"ECDSA","hash":"SHA-256"},"@key","@signature","@message"]"#;

/// A scope for [`VERIFY`] with its `parts`: x, y, message, signature.
pub fn signature(parts: &[Vec<u8>; 4]) -> JsValue {
    let [x, y, message, signature] = parts;
    let scope = web::scope();
    // An uncompressed point: SEC 1 section 2.3.3.
    web::set_bytes(&scope, "point", &[&[4], x.as_slice(), y.as_slice()].concat());
    web::set_bytes(&scope, "message", message);
    web::set_bytes(&scope, "signature", signature);
    scope
}
