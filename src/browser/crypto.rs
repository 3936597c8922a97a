//! Random bytes, and the signature check that the browser does for us.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto};

use super::promise::value_within;
use super::{member, object};

/// Deadline of one operation, ms; they take less than one.
const DEADLINE: i64 = 5_000;

/// 96 random bytes, or `None` if the browser gives none.
pub fn entropy() -> Option<[u8; 96]> {
    let mut bytes = [0; 96];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// `crypto.subtle`, which is missing on plain http.
pub fn subtle() -> Option<SubtleCrypto> {
    let subtle = web_sys::window()?.crypto().ok()?.subtle();
    (!subtle.is_undefined()).then_some(subtle)
}

/// Checks an ES256 signature (RFC 7518 section 3.4) by `parts`: x, y, message, signature.
pub async fn verify_es256(parts: [Vec<u8>; 4]) -> bool {
    verify(parts).await.unwrap_or(false)
}

async fn verify([x, y, message, signature]: [Vec<u8>; 4]) -> Option<bool> {
    let subtle = subtle()?;
    // An uncompressed point: SEC 1 section 2.3.3.
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let algorithm = object(&[
        ("name", &"ECDSA".into()),
        ("namedCurve", &"P-256".into()),
        ("hash", &"SHA-256".into()),
    ]);
    let usages = js_sys::Array::of1(&"verify".into());
    let key = subtle.import_key_with_object(
        "raw",
        &Uint8Array::from(point.as_slice()),
        &algorithm,
        false,
        &usages,
    );
    let key: CryptoKey = value_within(key, DEADLINE).await?.unchecked_into();
    let verified = subtle.verify_with_object_and_js_u8_array_and_js_u8_array(
        &algorithm,
        &key,
        &Uint8Array::from(signature.as_slice()),
        &Uint8Array::from(message.as_slice()),
    );
    value_within(verified, DEADLINE).await?.as_bool()
}

/// Whether a value is a `CryptoKey` and not something that was put into the store in its place.
pub fn is_key(value: &JsValue) -> bool {
    member(value, "algorithm").is_object()
}
