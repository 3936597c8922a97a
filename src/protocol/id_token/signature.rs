//! Verifies an ID token's signature, as far as this can be done without the browser.

use super::{Algorithm, Decoded};
use crate::protocol::keys::{Key, KeySet, PublicKey};
#[cfg(feature = "full")]
use crate::protocol::rsa::verify_rs256;
use crate::protocol::{AuthError, ErrorCode};

/// Bytes in an ES256 signature (RFC 7518 section 3.4).
const ES256_LENGTH: usize = 64;

/// How far the verification came.
#[derive(Debug)]
#[must_use]
pub enum Verification<'a> {
    /// The signature is right.
    Verified,
    /// Nothing is proven yet; the browser has to verify with this key, which is of the token's algorithm.
    NeedsBrowser {
        /// The key.
        key: &'a Key,
    },
}

/// Verifies the token's signature with the issuer's key that its header chooses: RS256 here, because a page that is
/// not secure has no `crypto.subtle`; where only secure pages are served, by the browser.
///
/// Fails with `IdTokenKeyUnknown` when the set has no such key of the algorithm's type, or the token
/// names none and several fit (the caller then fetches the set once more, C-60), and with
/// `IdTokenSignature` when the signature is wrong.
pub fn verify_signature<'k>(decoded: &Decoded, keys: &'k KeySet) -> Result<Verification<'k>, AuthError> {
    let key = keys.select(decoded.algorithm, decoded.kid.as_deref()).ok_or(ErrorCode::IdTokenKeyUnknown)?;
    match (decoded.algorithm, &key.key) {
        #[cfg(feature = "full")]
        (Algorithm::Rs256, PublicKey::Rsa { n, e })
            if verify_rs256(n, e, decoded.signing_input.as_bytes(), &decoded.signature) =>
        {
            Ok(Verification::Verified)
        }
        #[cfg(not(feature = "full"))]
        (Algorithm::Rs256, PublicKey::Rsa { .. }) => Ok(Verification::NeedsBrowser { key }),
        (Algorithm::Es256, PublicKey::P256 { .. }) if decoded.signature.len() == ES256_LENGTH => {
            Ok(Verification::NeedsBrowser { key })
        }
        _ => Err(ErrorCode::IdTokenSignature.into()),
    }
}
