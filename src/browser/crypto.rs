//! Random bytes, and the signature check that the browser does for us.

use wasm_bindgen::JsValue;

use super::web;
use crate::protocol::encoding::base64url;
use crate::protocol::keys::Algorithm;

/// 96 random bytes, or `None` if the browser gives none.
pub fn entropy() -> Option<[u8; 96]> {
    let mut bytes = [0; 96];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// Whether there is `crypto.subtle`, which pages lack that are not secure.
pub fn has_subtle() -> bool {
    web::of_window("crypto.subtle").is_object()
}

/// Whether what is to be sealed can be. Where only secure pages are served, it is not even asked.
pub fn can_seal() -> bool {
    cfg!(not(feature = "full")) || has_subtle()
}

/// Checks a signature: `right` is true if it is right.
pub const VERIFY: &str = r#"key = await crypto.subtle.importKey ["jwk","@jwk","@algorithm",false,["verify"]]
    right = await crypto.subtle.verify ["@algorithm","@key","@signature","@message"]"#;

/// A scope for [`VERIFY`] with its `parts`: the key's two numbers, message, signature (RFC 7518 sections 3.3, 3.4 and 6).
pub fn signature(algorithm: Algorithm, parts: &[Vec<u8>; 4]) -> JsValue {
    let [first, second, message, signature] = parts;
    let scope = web::scope();
    web::set_text(&scope, "first", &base64url(first));
    web::set_text(&scope, "second", &base64url(second));
    web::set_bytes(&scope, "message", message);
    web::set_bytes(&scope, "signature", signature);
    let (key, algorithm) = match algorithm {
        Algorithm::Rs256 => {
            (r#"{"kty":"RSA","n":"@first","e":"@second"}"#, r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#)
        }
        Algorithm::Es256 => (
            r#"{"kty":"EC","crv":"P-256","x":"@first","y":"@second"}"#,
            r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        ),
    };
    web::set(&scope, "jwk", &web::json(&scope, key));
    web::set(&scope, "algorithm", &web::json(&scope, algorithm));
    scope
}
