//! Sealing what is stored: AES-GCM under a key made of two halves, a non-extractable one that lies beside
//! the sealed text and one in a session cookie. Without either there is nothing to read.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto};

use super::crypto::{is_key, subtle};
use super::promise::value_within;
use super::{member, object};

const DEADLINE: i64 = 5_000;

/// Seals a text for the store. Where the page has no `crypto.subtle` (plain http) the text is kept in clear
/// beside the cookie's half, which then only says whether this is still the same browser session.
pub async fn seal(text: &str, half: &str) -> Option<JsValue> {
    let Some(subtle) = subtle() else {
        return Some(object(&[("half", &half.into()), ("text", &text.into())]).into());
    };
    let mut random = [0; 44];
    getrandom::fill(&mut random).ok()?;
    let (secret, iv) = random.split_at_checked(32)?;
    let usages = Array::of1(&"deriveKey".into());
    let base = subtle.import_key_with_str("raw", &Uint8Array::from(secret), "HKDF", false, &usages);
    let base: CryptoKey = value_within(base, DEADLINE).await?.unchecked_into();
    let iv = Uint8Array::from(iv);
    let key = derive(&subtle, &base, half).await?;
    let bytes = Uint8Array::from(text.as_bytes());
    let sealed = subtle.encrypt_with_object_and_js_u8_array(&gcm(&iv), &key, &bytes);
    let sealed = value_within(sealed, DEADLINE).await?;
    Some(object(&[("key", &base), ("iv", &iv), ("sealed", &sealed)]).into())
}

/// Opens what [`seal`] made. `None` if it was made by another browser session, or by somebody else.
pub async fn unseal(stored: &JsValue, half: &str) -> Option<String> {
    let Some(subtle) = subtle() else {
        let same = member(stored, "half")
            .as_string()
            .is_some_and(|kept| kept == half);
        return member(stored, "text").as_string().filter(|_| same);
    };
    let base = member(stored, "key");
    let sealed: ArrayBuffer = member(stored, "sealed").dyn_into().ok()?;
    let iv: Uint8Array = member(stored, "iv").dyn_into().ok()?;
    if !is_key(&base) {
        return None;
    }
    let key = derive(&subtle, base.unchecked_ref(), half).await?;
    let text = subtle.decrypt_with_object_and_buffer_source(&gcm(&iv), &key, &sealed);
    let text: ArrayBuffer = value_within(text, DEADLINE).await?.dyn_into().ok()?;
    String::from_utf8(Uint8Array::new(&text).to_vec()).ok()
}

fn gcm(iv: &Uint8Array) -> js_sys::Object {
    object(&[("name", &"AES-GCM".into()), ("iv", iv)])
}

async fn derive(subtle: &SubtleCrypto, base: &CryptoKey, half: &str) -> Option<CryptoKey> {
    let hkdf = object(&[
        ("name", &"HKDF".into()),
        ("hash", &"SHA-256".into()),
        ("salt", &Uint8Array::from(half.as_bytes())),
        ("info", &Uint8Array::from(b"otrs-auth record".as_slice())),
    ]);
    let aes = object(&[("name", &"AES-GCM".into()), ("length", &256.into())]);
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let key = subtle.derive_key_with_object_and_object(&hkdf, base, &aes, false, &usages);
    Some(value_within(key, DEADLINE).await?.unchecked_into())
}
