//! What Keycloak says of itself, read before the browser leaves for it.
//!
//! Endpoints are derived from the issuer and never taken from here: the document is asked only whether
//! this is the server that was meant and whether it can do what we need.

use super::http::Answer;
use super::{AuthError, ErrorCode};

/// Checks the discovery document (OpenID Connect Discovery 1.0 sections 3 and 4.3).
///
/// Fails with [`ErrorCode::IssuerMismatch`] (C-02), [`ErrorCode::PkceUnsupported`] (C-05),
/// [`ErrorCode::MetadataInvalid`] (C-03), or what [`Answer::json`] finds in the status.
pub fn check(answer: &Answer, issuer: &str) -> Result<(), AuthError> {
    let json = answer.json(ErrorCode::MetadataInvalid)?;
    let text = |name: &str| {
        json.get(name).and_then(|value| value.text()).ok_or_else(|| AuthError::about(ErrorCode::MetadataInvalid, name))
    };
    let named = text("issuer")?;
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        text(endpoint)?;
    }
    // Code points are compared, nothing is normalized: Discovery section 4.3.
    if named != issuer {
        return Err(AuthError::about(ErrorCode::IssuerMismatch, &super::text::shown(named)));
    }
    let Some(methods) = json.get("code_challenge_methods_supported") else {
        return Ok(());
    };
    let s256 = methods.array().is_some_and(|list| list.iter().any(|method| method.text() == Some("S256")));
    if s256 { Ok(()) } else { Err(ErrorCode::PkceUnsupported.into()) }
}
