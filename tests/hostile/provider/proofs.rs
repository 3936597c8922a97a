//! Proofs of possession, looked at as strictly as RFC 9449 section 4.3 asks.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use super::grants::{Refusal, now};
use super::{Seen, tokens};

/// What the provider does with proofs.
#[derive(Clone, Copy, Default)]
pub struct Demand {
    /// The type of the tokens that it issues.
    pub token_type: &'static str,
    /// The nonce that it wants.
    pub nonce: Option<&'static str>,
    /// Refuses every proof, with this error.
    pub never: Option<Refusal>,
}

/// The names of proofs that were seen.
#[derive(Default)]
pub struct Proofs(HashSet<String>);

fn json_of(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

impl Proofs {
    /// The thumbprint of the key that was proved to be there. `token` is the access token that came with it.
    pub fn check(&mut self, seen: &Seen, token: Option<&str>, demand: Demand) -> Result<String, Refusal> {
        let flawed = |what: &'static str| ("invalid_dpop_proof", what);
        let [proof] = seen.proofs.as_slice() else { return Err(flawed("DPoP proof is missing")) };
        let parts: Vec<&str> = proof.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { return Err(flawed("no JWS")) };
        let signature = BASE64URL.decode(signature).map_err(|_| flawed("no signature"))?;
        let signed = format!("{header}.{payload}");
        let (header, payload) = json_of(header).zip(json_of(payload)).ok_or(flawed("no JSON"))?;
        let jwk = &header["jwk"];
        if names(&header) != ["alg", "jwk", "typ"] || header["typ"] != "dpop+jwt" || header["alg"] != "ES256" {
            return Err(flawed("another header"));
        }
        if names(jwk) != ["crv", "kty", "x", "y"] || jwk["kty"] != "EC" || jwk["crv"] != "P-256" {
            return Err(flawed("another key"));
        }
        let (x, y) = (jwk["x"].as_str().unwrap_or_default(), jwk["y"].as_str().unwrap_or_default());
        let coordinates = |text: &str| BASE64URL.decode(text).map_err(|_| flawed("no point"));
        let point = [vec![4], coordinates(x)?, coordinates(y)?].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &signature).map_err(|_| flawed("a wrong signature"))?;
        let address = format!("{}{}", seen.base, seen.path);
        if payload["htm"] != seen.method.as_str() || payload["htu"] != address.as_str() {
            return Err(flawed("another request"));
        }
        if payload["iat"].as_i64().is_none_or(|at| !(now() - 25..=now() + 15).contains(&at)) {
            return Err(flawed("DPoP proof is not active"));
        }
        if payload["ath"] != token.map_or(Value::Null, |token| json!(tokens::challenge(token))) {
            return Err(flawed("another token"));
        }
        let name = payload["jti"].as_str().unwrap_or_default();
        if name.len() < 22 || !self.0.insert(name.to_string()) {
            return Err(flawed("DPoP proof has already been used"));
        }
        if let Some(never) = demand.never {
            return Err(never);
        }
        if demand.nonce.is_some_and(|nonce| payload["nonce"] != nonce) {
            return Err(("use_dpop_nonce", "a nonce is wanted"));
        }
        Ok(tokens::challenge(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
    }
}
