//! Proofs of possession: RFC 9449.
//!
//! A key is known by its public half: the two coordinates of its point on P-256, 64 bytes in base64url. Everything
//! else that is said of it – key, thumbprint – follows from that. The private half never leaves the browser.

use super::encoding::{base64url, decode_base64url, sha256};
use super::text::{cut, decimal, shown};
use super::{AuthError, ErrorCode};

/// What is to be proved: that whoever sends this request has the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key, by its public half.
    pub key: String,
    /// What the proof says, but for its name.
    claims: String,
}

impl Proof {
    /// Of a request (`htm`, `htu`: method and address without query and fragment) at this second of the server's clock
    /// (`iat`), with the nonce that the server wants to see, which is empty where it wants none.
    pub fn new(key: &str, method: &str, address: &str, issued_at: i64, nonce: &str) -> Self {
        let mut claims = [r#""iat":"#, &decimal(issued_at)].concat();
        push(&mut claims, "htm", method);
        push(&mut claims, "htu", address);
        if !nonce.is_empty() {
            push(&mut claims, "nonce", nonce);
        }
        Proof { key: key.to_owned(), claims }
    }

    /// Of a request that has this access token (`ath`: its hash, RFC 9449 section 4.2).
    pub fn with_token(mut self, token: &str) -> Self {
        push(&mut self.claims, "ath", &base64url(&sha256(token.as_bytes())));
        self
    }

    /// What is signed: header and payload (RFC 9449 section 4.2, RFC 7515 section 5.1), with 256 random bits as `jti`.
    pub fn signing_input(&self, random: &[u8; 32]) -> String {
        let header = [r#"{"typ":"dpop+jwt","alg":"ES256","jwk":"#, &jwk(&self.key), "}"].concat();
        let payload = [r#"{"jti":""#, &base64url(random), "\",", &self.claims, "}"].concat();
        [&*base64url(header.as_bytes()), ".", &base64url(payload.as_bytes())].concat()
    }

    /// A claim, for tests.
    #[cfg(test)]
    pub fn claim(&self, name: &str) -> String {
        let json = super::json::parse(["{", &self.claims, "}"].concat().as_bytes());
        match json.as_ref().and_then(|json| json.get(name)) {
            Some(super::json::Json::Text(text)) => text.clone(),
            Some(super::json::Json::Number(Some(number))) => decimal(*number),
            _ => String::new(),
        }
    }
}

/// The proof, once it is signed; `None` if that is no signature of ES256 (RFC 7518 section 3.4).
pub fn signed(input: &str, signature: &[u8]) -> Option<String> {
    (signature.len() == 64).then(|| [input, ".", &base64url(signature)].concat())
}

/// The name of a key whose public half the browser exports as a point that is not compressed (SEC 1 section 2.3.3).
/// Empty if it is none.
pub fn key_of_point(point: &[u8]) -> String {
    match point {
        [4, coordinates @ ..] if coordinates.len() == 64 => base64url(coordinates),
        _ => String::new(),
    }
}

/// `dpop_jkt`: the thumbprint of a key (RFC 7638 section 3), which binds the code to it (RFC 9449 section 10).
pub fn thumbprint(key: &str) -> String {
    base64url(&sha256(jwk(key).as_bytes()))
}

/// The public key, its members in the order of RFC 7638 section 3.2, and nothing else in it.
fn jwk(key: &str) -> String {
    let bytes = decode_base64url(key).unwrap_or_default();
    let (x, y) = bytes.split_at(bytes.len() / 2);
    [r#"{"crv":"P-256","kty":"EC","x":""#, &base64url(x), r#"","y":""#, &base64url(y), r#""}"#].concat()
}

/// Adds a member. Methods, addresses after the browser's parser and nonces have nothing in them that JSON escapes;
/// what had would not be what the server compares with, so it is left out.
fn push(out: &mut String, name: &str, value: &str) {
    out.push_str(&[",\"", name, "\":\""].concat());
    for byte in value.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        }
    }
    out.push('"');
}

/// What a nonce consists of (RFC 9449 section 8.1).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"' && byte != b'\\'
}

/// Whether this can be the value of a `DPoP-Nonce` header. Longer ones would not fit into a header, with all else.
pub fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.len() <= 1024 && text.bytes().all(is_plain)
}

/// Whether a `WWW-Authenticate` header asks for a nonce (RFC 9449 section 9).
pub fn asks_nonce(challenge: &str) -> bool {
    let mut rest = Some(challenge);
    while let Some(text) = rest {
        let (part, after) = cut(text, b'"');
        if part == USE_NONCE {
            return true;
        }
        rest = after;
    }
    false
}

const USE_NONCE: &str = "use_dpop_nonce";

/// Why a proof was not taken, where that can be helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It lacks the server's nonce.
    Nonce,
    /// Its time is not the server's.
    Time,
}

/// What a token endpoint's refusal says of the proof. Keycloak says in words alone that its time is wrong.
pub fn flaw(error: Option<&str>, description: Option<&str>) -> Option<Flaw> {
    match (error, description) {
        (Some(USE_NONCE), _) => Some(Flaw::Nonce),
        (_, Some("DPoP proof is not active")) => Some(Flaw::Time),
        _ => None,
    }
}

/// The error of a refusal that is about the proof; `None` where it is about something else. That the token is bound
/// to another key is about the token.
pub fn refusal(error: Option<&str>, description: Option<&str>) -> Option<AuthError> {
    let description = description.unwrap_or_default();
    let about_proof = description.starts_with("DPoP") && !description.starts_with("DPoP confirmation");
    let error = error.unwrap_or_default();
    if !about_proof && error != USE_NONCE && error != "invalid_dpop_proof" {
        return None;
    }
    Some(AuthError::about(
        ErrorCode::DpopProofRefused,
        &shown(if description.is_empty() { error } else { description }),
    ))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::protocol::json::{self, Json};
    use proptest::prelude::*;

    /// The key of the examples of RFC 9449 sections 4.1 and 6.1.
    const X: &str = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
    const Y: &str = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";

    fn key() -> String {
        let point = [vec![4], decode_base64url(X).unwrap(), decode_base64url(Y).unwrap()].concat();
        key_of_point(&point)
    }

    fn proof() -> Proof {
        with_nonce("")
    }

    fn with_nonce(nonce: &str) -> Proof {
        Proof::new(&key(), "POST", "https://server.example.com/token", 1_562_262_616, nonce)
    }

    fn parts(input: &str) -> [Json; 2] {
        let (header, payload) = input.split_once('.').unwrap();
        [header, payload].map(|part| json::parse(&decode_base64url(part).unwrap()).unwrap())
    }

    fn names(json: &Json) -> Vec<&str> {
        json.object().unwrap().iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn c_103_a_proof_has_what_rfc_9449_section_4_1_shows() {
        let [header, payload] = parts(&proof().signing_input(&[7; 32]));
        assert_eq!(names(&header), ["typ", "alg", "jwk"]);
        assert_eq!(header.get("typ").and_then(Json::text), Some("dpop+jwt"));
        assert_eq!(header.get("alg").and_then(Json::text), Some("ES256"));
        let jwk = header.get("jwk").unwrap();
        assert_eq!(names(jwk), ["crv", "kty", "x", "y"], "and no private part");
        assert_eq!(jwk.get("x").and_then(Json::text), Some(X));
        assert_eq!(jwk.get("y").and_then(Json::text), Some(Y));
        assert_eq!(names(&payload), ["jti", "iat", "htm", "htu"]);
        assert_eq!(payload.get("htm").and_then(Json::text), Some("POST"));
        assert_eq!(payload.get("htu").and_then(Json::text), Some("https://server.example.com/token"));
        assert_eq!(payload.get("iat").and_then(Json::number), Some(1_562_262_616));
        assert_eq!(payload.get("jti").and_then(Json::text).map(str::len), Some(43));
    }

    #[test]
    fn c_103_the_thumbprint_is_that_of_rfc_9449_section_6_1() {
        assert_eq!(thumbprint(&key()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn c_103_the_hash_is_that_of_rfc_9449_section_7_1() {
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        let proof = proof().with_token(token);
        assert_eq!(proof.claim("ath"), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
        let [_, payload] = parts(&proof.signing_input(&[7; 32]));
        assert_eq!(names(&payload), ["jti", "iat", "htm", "htu", "ath"]);
    }

    #[test]
    fn only_points_on_the_right_curve_have_a_name() {
        assert_eq!(key().len(), 86);
        for point in [vec![], vec![4; 64], vec![4; 66], vec![2; 33], vec![3; 65]] {
            assert_eq!(key_of_point(&point), "");
        }
        assert_eq!(signed("a.b", &[0; 63]), None);
        assert_eq!(signed("a.b", &[0; 64]).map(|proof| proof.len()), Some(90));
    }

    #[test]
    fn c_103_a_nonce_is_asked_for_in_one_word() {
        for challenge in
            [r#"DPoP error="use_dpop_nonce", error_description="x""#, r#"Bearer, DPoP error="use_dpop_nonce""#]
        {
            assert!(asks_nonce(challenge), "{challenge}");
        }
        for challenge in ["", "use_dpop_nonces", r#"DPoP error="invalid_token", x="use_dpop_nonce.""#, "\"\"\""] {
            assert!(!asks_nonce(challenge), "{challenge}");
        }
    }

    proptest! {
        #[test]
        fn c_103_a_proof_is_json_whatever_is_in_it(
            method: String,
            address: String,
            nonce: String,
            key: String,
            issued_at: i64,
            random: [u8; 32],
        ) {
            let proof = Proof::new(&key, &method, &address, issued_at, &nonce);
            let [header, payload] = parts(&proof.signing_input(&random));
            prop_assert_eq!(names(&header), ["typ", "alg", "jwk"]);
            prop_assert_eq!(payload.get("iat").and_then(Json::number), Some(issued_at));
            let nonce = payload.get("nonce").and_then(Json::text).map(str::to_owned);
            prop_assert!(nonce.is_none_or(|nonce| nonce.is_empty() || is_nonce(&nonce) || nonce.len() > 1024));
        }

        #[test]
        fn c_103_what_is_a_nonce_comes_back_whole(nonce in "[!-~]{1,40}") {
            let [_, payload] = parts(&with_nonce(&nonce).signing_input(&[7; 32]));
            let whole = payload.get("nonce").and_then(Json::text) == Some(&nonce);
            prop_assert_eq!(whole, is_nonce(&nonce));
        }

        #[test]
        fn c_103_each_proof_has_a_name_of_its_own(one: [u8; 32], other: [u8; 32]) {
            prop_assume!(one != other);
            prop_assert_ne!(proof().signing_input(&one), proof().signing_input(&other));
        }
    }
}
