//! Takes an ID token apart (RFC 7515 section 5.2) and refuses every form but the plain signed one.

use super::Algorithm;
use crate::protocol::encoding::decode_base64url;
use crate::protocol::json::{self, Json};
use crate::protocol::text::{cut, is_one_of};
use crate::protocol::{AuthError, ErrorCode};

/// The longest ID token read, in characters. Keycloak's have about 1200.
const MAX_LENGTH: usize = 64 * 1024;

/// Header members that change how a token is to be read, none of which is supported: an extension
/// that must be understood (RFC 7515 section 4.1.11), encryption and compression (RFC 7516 section
/// 4.1).
const REFUSED_MEMBERS: &str = "crit enc zip";

/// An ID token in parts. Nothing in it is proven yet. It has no `Debug`, as it is a credential.
///
/// Header members that bring or point to a key (`jku`, `jwk`, `x5u`, `x5c`) are never looked at: the
/// keys are the issuer's published ones (RFC 8725 section 3.10).
pub struct Decoded {
    /// The header, a JSON object.
    pub header: Json,
    /// The claims, a JSON object.
    pub claims: Json,
    /// What the signature covers: header and claims as they were sent.
    pub signing_input: String,
    /// The signature, not empty.
    pub signature: Vec<u8>,
    /// The algorithm that the header names.
    pub algorithm: Algorithm,
    /// The key that the header names.
    pub kid: Option<String>,
}

/// Takes a token in compact form apart.
///
/// Fails with `IdTokenAlgorithm` when the header's `alg` is a string other than RS256 or ES256, and
/// with `IdTokenMalformed` when the token is over 64 KiB, has not exactly three parts of strict
/// base64url, header or claims are no JSON object or name a member twice, `alg` or `kid` is no
/// string, or the header has `crit`, `enc` or `zip`.
pub fn decode(token: &str) -> Result<Decoded, AuthError> {
    let malformed = || AuthError::from(ErrorCode::IdTokenMalformed);
    if token.len() > MAX_LENGTH {
        return Err(malformed());
    }
    // A dot left over in the last part is no base64url, so that four or five parts (JWE) fail below.
    let (header, rest) = cut(token, b'.');
    let (claims, signature) = cut(rest.ok_or_else(malformed)?, b'.');
    let signature = signature.ok_or_else(malformed)?;
    let signing_input = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
    let header = part(header).ok_or_else(malformed)?;
    let members = header.object().unwrap_or_default();
    if let Some((name, _)) = members.iter().find(|(name, _)| is_one_of(name, REFUSED_MEMBERS)) {
        return Err(AuthError::about(ErrorCode::IdTokenMalformed, name));
    }
    let algorithm = text(&header, "alg")?.ok_or_else(|| AuthError::about(ErrorCode::IdTokenMalformed, "alg"))?;
    let algorithm = Algorithm::named(algorithm).ok_or_else(|| AuthError::about(ErrorCode::IdTokenAlgorithm, "alg"))?;
    let kid = text(&header, "kid")?;
    let claims = part(claims).ok_or_else(malformed)?;
    let signature = decode_base64url(signature).filter(|bytes| !bytes.is_empty()).ok_or_else(malformed)?;
    let kid = kid.map(str::to_owned);
    Ok(Decoded { header, claims, signing_input: signing_input.to_owned(), signature, algorithm, kid })
}

/// Header or claims of a token: a JSON object.
pub fn part(segment: &str) -> Option<Json> {
    json::parse(&decode_base64url(segment)?).filter(|value| value.object().is_some())
}

/// A header member that is a string if it is there.
fn text<'a>(header: &'a Json, name: &str) -> Result<Option<&'a str>, AuthError> {
    match header.get(name) {
        None => Ok(None),
        Some(value) => value.text().map(Some).ok_or_else(|| AuthError::about(ErrorCode::IdTokenMalformed, name)),
    }
}
