//! Random bytes, and the signature check that the browser does for us.

use super::web::{self, Arg};

/// 96 random bytes, or `None` if the browser gives none.
pub fn entropy() -> Option<[u8; 96]> {
    let mut bytes = [0; 96];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// Whether there is `crypto.subtle`, which plain http pages lack.
pub fn has_subtle() -> bool {
    web::of_window("crypto.subtle").is_object()
}

/// Checks an ES256 signature (RFC 7518 section 3.4) by `parts`: x, y, message, signature.
pub async fn verify_es256(parts: &[Vec<u8>; 4]) -> bool {
    let [x, y, message, signature] = parts;
    // An uncompressed point: SEC 1 section 2.3.3.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let arguments = r#"["raw",null,{"name":"ECDSA","namedCurve":"P-256"},false,["verify"]]"#;
    let key = web::done(web::call_window("crypto.subtle.importKey", arguments, &[Arg::Bytes(&point)])).await;
    let arguments = r#"[{"name":"ECDSA","hash":"SHA-256"},null,null,null]"#;
    let values = [Arg::Value(&key), Arg::Bytes(signature), Arg::Bytes(message)];
    web::done(web::call_window("crypto.subtle.verify", arguments, &values)).await.is_truthy()
}
