//! Random bytes, and the signature check that the browser does for us.

use wasm_bindgen::JsValue;

use super::web::{self, Arg};

/// 96 random bytes, or `None` if the browser gives none.
pub fn entropy() -> Option<[u8; 96]> {
    let mut bytes = [0; 96];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// `crypto.subtle`; `undefined` on plain http.
pub fn subtle() -> JsValue {
    web::get(&web::of_window("crypto"), "subtle")
}

/// Checks an ES256 signature (RFC 7518 section 3.4) by `parts`: x, y, message, signature.
pub async fn verify_es256(parts: &[Vec<u8>; 4]) -> bool {
    let [x, y, message, signature] = parts;
    let subtle = subtle();
    // An uncompressed point: SEC 1 section 2.3.3.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let arguments = [
        Arg::Text("raw"),
        Arg::Bytes(&point),
        Arg::Json(r#"{"name":"ECDSA","namedCurve":"P-256"}"#),
        Arg::Json("false"),
        Arg::Json(r#"["verify"]"#),
    ];
    let key = web::done(web::call(&subtle, "importKey", &arguments)).await;
    let algorithm = Arg::Json(r#"{"name":"ECDSA","hash":"SHA-256"}"#);
    let arguments = [algorithm, Arg::Value(&key), Arg::Bytes(signature), Arg::Bytes(message)];
    web::done(web::call(&subtle, "verify", &arguments)).await.is_truthy()
}
