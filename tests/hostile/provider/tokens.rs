//! Tokens, signed for real, and everything that can be wrong with them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

/// Keys made for these tests. They protect nothing.
static RANDOM: LazyLock<SystemRandom> = LazyLock::new(SystemRandom::new);
static AGENTS: LazyLock<RsaKeyPair> = LazyLock::new(|| rsa(include_bytes!("keys/agents.pk8")));
static CUSTOMERS: LazyLock<RsaKeyPair> = LazyLock::new(|| rsa(include_bytes!("keys/customers.pk8")));
static ROTATED: LazyLock<RsaKeyPair> = LazyLock::new(|| rsa(include_bytes!("keys/rotated.pk8")));
static ELLIPTIC: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, include_bytes!("keys/elliptic.pk8"), &*RANDOM).unwrap()
});

fn rsa(pkcs8: &[u8]) -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(pkcs8).unwrap()
}

/// Whose signature a token carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Agents,
    Customers,
    /// What the agents' realm signs with after its key was rotated.
    Rotated,
    Elliptic,
    /// HMAC under the agents' public modulus: what a verifier that trusts `alg` would compute.
    HmacOfPublic,
    Nobody,
}

impl Key {
    /// The key of a realm.
    pub fn of(realm: &str) -> Self {
        if realm == "otrs-customer-users" { Key::Customers } else { Key::Agents }
    }

    pub fn kid(self) -> &'static str {
        match self {
            Key::Agents => "agents-1",
            Key::Customers => "customers-1",
            Key::Rotated => "agents-2",
            Key::Elliptic => "agents-ec",
            Key::HmacOfPublic | Key::Nobody => "none",
        }
    }

    fn pair(self) -> Option<&'static RsaKeyPair> {
        match self {
            Key::Agents => Some(&AGENTS),
            Key::Customers => Some(&CUSTOMERS),
            Key::Rotated => Some(&ROTATED),
            _ => None,
        }
    }

    /// As the key set has it.
    pub fn jwk(self) -> Value {
        if let Some(pair) = self.pair() {
            let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
            let (n, e) = (BASE64URL.encode(public.n), BASE64URL.encode(public.e));
            return json!({ "kid": self.kid(), "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e });
        }
        let point = ELLIPTIC.public_key().as_ref();
        let (x, y) = (BASE64URL.encode(&point[1..33]), BASE64URL.encode(&point[33..]));
        json!({ "kid": self.kid(), "kty": "EC", "alg": "ES256", "use": "sig", "crv": "P-256", "x": x, "y": y })
    }

    fn sign(self, text: &str) -> Vec<u8> {
        if let Some(pair) = self.pair() {
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &*RANDOM, text.as_bytes(), &mut signature).unwrap();
            return signature;
        }
        match self {
            Key::Elliptic => ELLIPTIC.sign(&*RANDOM, text.as_bytes()).unwrap().as_ref().to_vec(),
            Key::HmacOfPublic => {
                let public: PublicKeyComponents<Vec<u8>> = AGENTS.public().into();
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public.n), text.as_bytes()).as_ref().to_vec()
            }
            _ => Vec::new(),
        }
    }
}

/// A token before it is signed.
#[derive(Clone)]
pub struct Token {
    pub header: Value,
    pub claims: Value,
    pub key: Key,
    /// Done with the signed token.
    pub finish: fn(String) -> String,
}

impl Token {
    /// An honest one.
    pub fn new(key: Key, claims: Value) -> Self {
        let alg = if key == Key::Elliptic { "ES256" } else { "RS256" };
        let header = json!({ "alg": alg, "typ": "JWT", "kid": key.kid() });
        Token { header, claims, key, finish: |token| token }
    }

    /// Signs it.
    pub fn sign(&self) -> String {
        let part = |value: &Value| match value {
            // A part that is no JSON.
            Value::String(raw) => BASE64URL.encode(raw),
            value => BASE64URL.encode(value.to_string()),
        };
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = BASE64URL.encode(self.key.sign(&input));
        (self.finish)(format!("{input}.{signature}"))
    }

    /// Takes a claim away.
    pub fn without(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }

    /// Sets a claim.
    pub fn with(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims[claim] = value.into();
    }

    /// Changes a claim that is a time by so many seconds.
    pub fn shift(&mut self, claim: &str, seconds: i64) {
        self.claims[claim] = (self.claims[claim].as_i64().unwrap() + seconds).into();
    }
}

/// Half of a SHA-256: `at_hash` (OpenID Connect Core section 3.1.3.6).
pub fn half_hash(token: &str) -> String {
    BASE64URL.encode(&digest(&SHA256, token.as_bytes()).as_ref()[..16])
}

/// The challenge that belongs to a code verifier (RFC 7636 section 4.6).
pub fn challenge(verifier: &str) -> String {
    BASE64URL.encode(digest(&SHA256, verifier.as_bytes()))
}

/// A text nobody can guess.
pub fn random(prefix: &str) -> String {
    let bytes: [u8; 24] = ring::rand::generate(&*RANDOM).unwrap().expose();
    format!("{prefix}{}", BASE64URL.encode(bytes))
}
