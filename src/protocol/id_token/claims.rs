//! Checks an ID token's claims (OpenID Connect Core 1.0 section 3.1.3.7).
//!
//! The times come after everything that says whose token it is: an error about times makes people
//! look at their clock, and that is only good advice when all else is right.

use super::Decoded;
use crate::protocol::encoding::{base64url, constant_time_eq, sha256};
use crate::protocol::json::Json;
use crate::protocol::number::{minus, plus};
use crate::protocol::text::is_one_of;
use crate::protocol::{AuthError, ErrorCode};

/// How far the server's time and ours may differ, in seconds.
const LEEWAY: i64 = 60;

/// Longest subject in bytes (OpenID Connect Core 1.0 section 2).
const MAX_SUBJECT: usize = 255;

/// What the token is checked against.
pub struct Expected<'a> {
    /// The issuer, exactly as its discovery document spells it.
    pub issuer: &'a str,
    /// This client.
    pub client_id: &'a str,
    /// What to ask of the nonce.
    pub nonce: Nonce<'a>,
    /// The access token of the same answer.
    pub access_token: &'a str,
    /// Server time, in seconds since 1970.
    pub now: i64,
    /// The time before which the token cannot have been issued, such as the start of the login.
    pub not_issued_before: Option<i64>,
    /// The session that a refresh continues.
    pub previous: Option<Previous<'a>>,
    /// The `max_age` that was asked for, in seconds.
    pub max_age: Option<i64>,
    /// The authentication classes that were asked for, with spaces between; one of them has to be there. Empty if none
    /// were.
    pub acr: &'a str,
}

/// What to ask of the nonce.
#[derive(Clone, Copy)]
pub enum Nonce<'a> {
    /// A login: the token has this nonce.
    Required(&'a str),
    /// A refresh: the token has no nonce (so Keycloak) or the login's, as OpenID Connect Core 1.0
    /// section 12.2 allows. Without a known nonce a token that has one is refused.
    IfPresent(Option<&'a str>),
}

/// What a refreshed token must continue.
#[derive(Clone, Copy)]
pub struct Previous<'a> {
    /// The subject of the session.
    pub subject: &'a str,
    /// When the user had signed in, as the token before said.
    pub auth_time: Option<i64>,
}

/// The checked claims that the session goes on with. It has no `Debug`, as it tells who the user is.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct IdClaims {
    /// `sub`
    pub subject: String,
    /// `iat`
    pub issued_at: i64,
    /// `exp`
    pub expires_at: i64,
    /// `sid`
    pub session_id: Option<String>,
    /// `auth_time`
    pub auth_time: Option<i64>,
    /// `nonce`
    pub nonce: Option<String>,
}

/// Checks the claims. It proves nothing without [`super::verify_signature`].
///
/// Fails, in this order, with `IdTokenIssuer`, `IdTokenAudience` (`aud`, `azp`), `IdTokenSubject`,
/// `IdTokenNonce`, `IdTokenMalformed` (`exp`, `iat` missing or of the wrong type, `nbf` or `sid` of the
/// wrong type), `IdTokenExpired` (`exp`, `nbf`), `IdTokenIssuedAt`, `IdTokenAccessTokenHash` and
/// `IdTokenAuthentication` (`auth_time`, `acr`); the error names the claim. A claim of the wrong
/// type is always refused, never taken as absent (CVE-2026-25537).
pub fn check_claims(decoded: &Decoded, expected: &Expected) -> Result<IdClaims, AuthError> {
    let claims = &decoded.claims;
    ensure(text(claims, "iss", ErrorCode::IdTokenIssuer)? == Some(expected.issuer), ErrorCode::IdTokenIssuer, "iss")?;
    check_audience(claims, expected.client_id)?;
    let subject = check_subject(claims, expected.previous)?;
    let nonce = check_nonce(claims, expected.nonce)?;
    let session_id = text(claims, "sid", ErrorCode::IdTokenMalformed)?;
    let (issued_at, expires_at) = check_times(claims, expected)?;
    check_access_token_hash(claims, expected.access_token)?;
    let auth_time = check_authentication(claims, expected)?;
    Ok(IdClaims {
        subject: subject.to_owned(),
        issued_at,
        expires_at,
        session_id: session_id.map(str::to_owned),
        auth_time,
        nonce: nonce.map(str::to_owned),
    })
}

/// Section 3.1.3.7 (3) to (5). There is no list of other audiences to trust: a token that is also
/// meant for others is refused.
fn check_audience(claims: &Json, client_id: &str) -> Result<(), AuthError> {
    let is_client = |audience: &Json| audience.text() == Some(client_id);
    let is_for_client = match claims.get("aud") {
        Some(Json::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(is_client),
        Some(audience) => is_client(audience),
        None => false,
    };
    ensure(is_for_client, ErrorCode::IdTokenAudience, "aud")?;
    let party = text(claims, "azp", ErrorCode::IdTokenAudience)?;
    ensure(party.is_none_or(|party| party == client_id), ErrorCode::IdTokenAudience, "azp")
}

/// Section 2 and, for a refresh, section 12.2.
fn check_subject<'a>(claims: &'a Json, previous: Option<Previous>) -> Result<&'a str, AuthError> {
    let subject = text(claims, "sub", ErrorCode::IdTokenSubject)?.unwrap_or_default();
    let is_usable = !subject.is_empty() && subject.len() <= MAX_SUBJECT;
    let continues = previous.is_none_or(|previous| previous.subject == subject);
    ensure(is_usable && continues, ErrorCode::IdTokenSubject, "sub")?;
    Ok(subject)
}

/// Section 3.1.3.7 (11) and, for a refresh, section 12.2.
fn check_nonce<'a>(claims: &'a Json, expected: Nonce) -> Result<Option<&'a str>, AuthError> {
    let nonce = text(claims, "nonce", ErrorCode::IdTokenNonce)?;
    let wanted = match expected {
        Nonce::IfPresent(_) if nonce.is_none() => return Ok(None),
        Nonce::Required(wanted) | Nonce::IfPresent(Some(wanted)) => wanted,
        Nonce::IfPresent(None) => "",
    };
    // An empty nonce binds the token to nothing, whoever wrote it.
    let given = nonce.unwrap_or_default();
    let is_right = !given.is_empty() && constant_time_eq(given.as_bytes(), wanted.as_bytes());
    ensure(is_right, ErrorCode::IdTokenNonce, "nonce")?;
    Ok(nonce)
}

/// Section 3.1.3.7 (9) and (10), and `nbf` of RFC 7519 section 4.1.5. Gives `iat` and `exp`.
fn check_times(claims: &Json, expected: &Expected) -> Result<(i64, i64), AuthError> {
    let required = |name| {
        let time = number(claims, name, ErrorCode::IdTokenMalformed)?;
        time.ok_or_else(|| AuthError::about(ErrorCode::IdTokenMalformed, name))
    };
    let (issued_at, expires_at) = (required("iat")?, required("exp")?);
    let not_before = number(claims, "nbf", ErrorCode::IdTokenMalformed)?;
    // The claims may be any number: adding and subtracting must not wrap around.
    let latest = plus(expected.now, LEEWAY);
    let earliest = minus(expected.now, LEEWAY);
    ensure(expires_at > earliest && expires_at > issued_at, ErrorCode::IdTokenExpired, "exp")?;
    ensure(not_before.is_none_or(|time| time <= latest), ErrorCode::IdTokenExpired, "nbf")?;
    let is_fresh = expected.not_issued_before.is_none_or(|start| issued_at >= minus(start, LEEWAY));
    ensure(issued_at <= latest && is_fresh, ErrorCode::IdTokenIssuedAt, "iat")?;
    Ok((issued_at, expires_at))
}

/// Section 3.1.3.8: the left half of the hash. Both accepted algorithms hash with SHA-256.
fn check_access_token_hash(claims: &Json, access_token: &str) -> Result<(), AuthError> {
    let Some(given) = text(claims, "at_hash", ErrorCode::IdTokenAccessTokenHash)? else {
        return Ok(());
    };
    let hash = sha256(access_token.as_bytes());
    let (half, _) = hash.split_at(hash.len() / 2);
    ensure(given == base64url(half), ErrorCode::IdTokenAccessTokenHash, "at_hash")
}

/// Section 3.1.3.7 (12) and (13) and, for a refresh, section 12.2. Gives `auth_time`.
fn check_authentication(claims: &Json, expected: &Expected) -> Result<Option<i64>, AuthError> {
    let code = ErrorCode::IdTokenAuthentication;
    let auth_time = number(claims, "auth_time", code)?;
    if let Some(max_age) = expected.max_age {
        let is_recent = auth_time.is_some_and(|time| {
            let age = minus(expected.now, time);
            age >= -LEEWAY && age <= plus(max_age, LEEWAY)
        });
        ensure(is_recent, code, "auth_time")?;
    }
    // Section 12.2 asks for the same time. But when the user signs in again in another tab, Keycloak's
    // refreshed tokens show the new time in every tab (measured, 26.4.0), so only a step back is refused.
    let before = expected.previous.and_then(|previous| previous.auth_time);
    ensure(auth_time.is_none_or(|time| before.is_none_or(|before| time >= before)), code, "auth_time")?;
    let acr = text(claims, "acr", code)?;
    ensure(expected.acr.is_empty() || acr.is_some_and(|given| is_one_of(given, expected.acr)), code, "acr")?;
    Ok(auth_time)
}

fn ensure(holds: bool, code: ErrorCode, claim: &str) -> Result<(), AuthError> {
    if holds { Ok(()) } else { Err(AuthError::about(code, claim)) }
}

/// A claim that is a string if it is there.
fn text<'a>(claims: &'a Json, name: &str, code: ErrorCode) -> Result<Option<&'a str>, AuthError> {
    let value = claims.get(name);
    let text = value.and_then(Json::text);
    ensure(value.is_some() == text.is_some(), code, name)?;
    Ok(text)
}

/// A claim that is a number if it is there.
fn number(claims: &Json, name: &str, code: ErrorCode) -> Result<Option<i64>, AuthError> {
    let value = claims.get(name);
    let number = value.and_then(Json::number);
    ensure(value.is_some() == number.is_some(), code, name)?;
    Ok(number)
}
