//! Keycloak's published keys: reading a JWK Set and choosing from it (RFC 7517).

use super::encoding::decode_base64url;
use super::json::{self, Json};
use super::rsa;
use super::text::is_one_of;

/// How many keys of a set are looked at; it bounds the work that a hostile set can cause.
const MAX_KEYS: usize = 64;

/// Bytes in one coordinate of P-256 (RFC 7518 section 6.2.1.2).
const P256_COORDINATE: usize = 32;

/// Members that a public signature key never has (RFC 7518 sections 6.2.2, 6.3.2, 6.4). A key that
/// its server published with its secret, or that is one, proves nothing.
const SECRET_MEMBERS: &str = "d p q dp dq qi oth k";

/// A signature algorithm that is accepted. There is no other: not `none`, not HMAC with the client's
/// secret (RFC 8725 section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    Rs256,
    /// ECDSA on P-256 with SHA-256
    Es256,
}

impl Algorithm {
    /// The algorithm of this exact name (RFC 7518 section 3.1; names are case-sensitive). `None` for
    /// every other.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            _ => None,
        }
    }
}

/// The numbers of a public key, big-endian.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PublicKey {
    /// RSA: modulus and exponent, within the bounds of [`rsa::is_usable_key`]
    Rsa {
        /// Modulus
        n: Vec<u8>,
        /// Exponent
        e: Vec<u8>,
    },
    /// A point of P-256, 32 bytes each. Whether it lies on the curve is checked by the browser, which
    /// also verifies with it.
    P256 {
        /// Abscissa
        x: Vec<u8>,
        /// Ordinate
        y: Vec<u8>,
    },
}

impl PublicKey {
    /// The one algorithm this key is good for.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            PublicKey::Rsa { .. } => Algorithm::Rs256,
            PublicKey::P256 { .. } => Algorithm::Es256,
        }
    }
}

/// A key that tokens may be verified with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// The name that a token's header chooses it by.
    pub kid: Option<String>,
    /// The key itself.
    pub key: PublicKey,
    /// Another usable key has the same name.
    ambiguous: bool,
}

/// The usable keys of an issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// Reads the answer of the key endpoint. `None` when it is not a JSON object with an array `keys`.
///
/// A key that cannot be used is passed over, as RFC 7517 section 5 asks: private or symmetric, of
/// an unknown type or curve, for another use or algorithm, too short, or malformed. Two usable keys
/// of one `kid` are both passed over, as a token that names it would not say which it means. Only
/// the first 64 keys are looked at.
pub fn parse(body: &[u8]) -> Option<KeySet> {
    let document = json::parse(body)?;
    let listed = document.get("keys")?.array()?;
    let mut keys: Vec<Key> = Vec::new();
    for key in listed.iter().take(MAX_KEYS) {
        if let Some(mut key) = usable_key(key) {
            for other in &mut keys {
                if key.kid.is_some() && other.kid == key.kid {
                    other.ambiguous = true;
                    key.ambiguous = true;
                }
            }
            keys.push(key);
        }
    }
    Some(KeySet { keys })
}

impl KeySet {
    /// The key for a token of this header: the one named `kid` if it fits the algorithm; without a
    /// `kid` the only key that fits. `None` where there is no such key, or the choice is open
    /// (OpenID Connect Core 1.0 section 10.1).
    pub fn select(&self, algorithm: Algorithm, kid: Option<&str>) -> Option<&Key> {
        let mut found = None;
        for key in &self.keys {
            if !key.ambiguous && key.key.algorithm() == algorithm && (kid.is_none() || key.kid.as_deref() == kid) {
                if found.is_some() {
                    return None;
                }
                found = Some(key);
            }
        }
        found
    }
}

fn usable_key(jwk: &Json) -> Option<Key> {
    if jwk.object()?.iter().any(|(name, _)| is_one_of(name, SECRET_MEMBERS)) {
        return None;
    }
    // RFC 7517 sections 4.2 and 4.3: both are optional; where they are, they have to allow verifying.
    if jwk.get("use").is_some_and(|purpose| purpose.text() != Some("sig")) {
        return None;
    }
    if let Some(operations) = jwk.get("key_ops")
        && !operations.array()?.iter().any(|operation| operation.text() == Some("verify"))
    {
        return None;
    }
    let kid = match jwk.get("kid") {
        Some(kid) => Some(kid.text()?),
        None => None,
    };
    let (algorithm, names) = match jwk.get("kty")?.text()? {
        "RSA" => (Algorithm::Rs256, ["n", "e"]),
        "EC" if jwk.get("crv")?.text()? == "P-256" => (Algorithm::Es256, ["x", "y"]),
        _ => return None,
    };
    // RFC 7517 section 4.4, RFC 8725 section 3.1: a key is used with its one algorithm.
    if let Some(named) = jwk.get("alg")
        && Algorithm::named(named.text()?) != Some(algorithm)
    {
        return None;
    }
    let [first, second] = names.map(|name| decode_base64url(jwk.get(name)?.text()?));
    let (first, second) = (first?, second?);
    let is_usable = match algorithm {
        Algorithm::Rs256 => rsa::is_usable_key(&first, &second),
        Algorithm::Es256 => first.len() == P256_COORDINATE && second.len() == P256_COORDINATE,
    };
    let key = match algorithm {
        Algorithm::Rs256 => PublicKey::Rsa { n: first, e: second },
        Algorithm::Es256 => PublicKey::P256 { x: first, y: second },
    };
    is_usable.then(|| Key { kid: kid.map(str::to_owned), key, ambiguous: false })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
