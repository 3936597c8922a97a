//! What Keycloak says of itself, read before the browser leaves for it.
//!
//! Endpoints are derived from the issuer and never taken from here: the document is asked only whether
//! this is the server that was meant and whether it can do what we need.

use super::config::Dpop;
use super::http::Answer;
use super::{AuthError, ErrorCode};

/// Checks the discovery document (OpenID Connect Discovery 1.0 sections 3 and 4.3).
///
/// Fails with [`ErrorCode::IssuerMismatch`] (C-02), [`ErrorCode::PkceUnsupported`] (C-05),
/// [`ErrorCode::MetadataInvalid`] (C-03), where proofs of possession are to be signed [`ErrorCode::DpopUnsupported`] (RFC
/// 9449 section 5.1: a server without them would bind nothing, and say nothing), or what [`Answer::json`] finds in the status.
#[cfg_attr(not(feature = "full"), allow(unused_variables))]
pub fn check(answer: &Answer, issuer: &str, mode: Dpop) -> Result<(), AuthError> {
    let json = answer.json(ErrorCode::MetadataInvalid)?;
    let text = |name: &str| {
        json.get(name).and_then(|value| value.text()).ok_or_else(|| AuthError::about(ErrorCode::MetadataInvalid, name))
    };
    let named = text("issuer")?;
    text("authorization_endpoint")?;
    text("token_endpoint")?;
    text("jwks_uri")?;
    // Code points are compared, nothing is normalized: Discovery section 4.3.
    if named != issuer {
        return Err(AuthError::about(ErrorCode::IssuerMismatch, &super::text::shown(named)));
    }
    let lacks = |name: &str, wanted: &str| {
        let values = json.get(name)?;
        Some(!values.array().is_some_and(|list| list.iter().any(|value| value.text() == Some(wanted))))
    };
    if lacks("code_challenge_methods_supported", "S256") == Some(true) {
        return Err(ErrorCode::PkceUnsupported.into());
    }
    #[cfg(feature = "full")]
    if mode != Dpop::Off && lacks("dpop_signing_alg_values_supported", "ES256") != Some(false) {
        return Err(ErrorCode::DpopUnsupported.into());
    }
    Ok(())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const ISSUER: &str = "https://iam.example.com/realms/otrs-agents";

    fn code(status: u16, content_type: &str, body: &str) -> Option<ErrorCode> {
        let content_type = Some(content_type.to_owned());
        let answer = Answer { status, content_type, date: None, body: body.as_bytes().to_vec() };
        check(&answer, ISSUER, Dpop::Off).err().map(|error| error.code())
    }

    fn document(issuer: &str, more: &str) -> String {
        format!(r#"{{"issuer":"{issuer}","authorization_endpoint":"a","token_endpoint":"t","jwks_uri":"j"{more}}}"#)
    }

    #[test]
    fn c_02_the_issuer_is_compared_by_code_points() {
        assert_eq!(code(200, "application/json", &document(ISSUER, "")), None);
        for issuer in [
            "https://iam.example.com/realms/otrs-agents/",
            "https://IAM.example.com/realms/otrs-agents",
            "https://iam.example.com:443/realms/otrs-agents",
            "https://iam.example.com/realms%2Fotrs-agents",
            "https://iam.example.com/realms/otrs-\u{430}gents",
            "http://iam.example.com/realms/otrs-agents",
            "",
        ] {
            let found = code(200, "application/json", &document(issuer, ""));
            assert_eq!(found, Some(ErrorCode::IssuerMismatch), "{issuer}");
        }
    }

    #[test]
    fn c_03_what_is_no_discovery_document_is_refused() {
        for (status, kind, body, expected) in [
            (200, "text/html", document(ISSUER, ""), ErrorCode::MetadataInvalid),
            (200, "application/jsonp", document(ISSUER, ""), ErrorCode::MetadataInvalid),
            (200, "application/json", "[]".to_owned(), ErrorCode::MetadataInvalid),
            (200, "application/json", "{".to_owned(), ErrorCode::MetadataInvalid),
            (200, "application/json", r#"{"issuer":7}"#.to_owned(), ErrorCode::MetadataInvalid),
            (200, "application/json", format!(r#"{{"issuer":"{ISSUER}"}}"#), ErrorCode::MetadataInvalid),
            (204, "application/json", String::new(), ErrorCode::MetadataInvalid),
            (302, "application/json", String::new(), ErrorCode::MetadataInvalid),
            (429, "application/json", String::new(), ErrorCode::RateLimited),
            (503, "application/json", String::new(), ErrorCode::ServerError),
        ] {
            assert_eq!(code(status, kind, &body), Some(expected), "{status} {kind} {body}");
        }
    }

    #[cfg(feature = "full")]
    #[test]
    fn c_103_without_es256_proofs_nobody_leaves() {
        let checked = |more: &str| {
            let content_type = Some("application/json".to_owned());
            let body = document(ISSUER, more).into_bytes();
            check(&Answer { status: 200, content_type, date: None, body }, ISSUER, Dpop::Refresh)
                .err()
                .map(|error| error.code())
        };
        assert_eq!(checked(r#","dpop_signing_alg_values_supported":["RS256","ES256"]"#), None);
        for more in
            ["", r#","dpop_signing_alg_values_supported":["RS256"]"#, r#","dpop_signing_alg_values_supported":"ES256""#]
        {
            assert_eq!(checked(more), Some(ErrorCode::DpopUnsupported), "{more}");
        }
    }

    #[test]
    fn c_05_without_s256_nobody_leaves() {
        let with = |methods: &str| document(ISSUER, &format!(r#","code_challenge_methods_supported":{methods}"#));
        assert_eq!(code(200, "application/json", &with(r#"["plain","S256"]"#)), None);
        for methods in [r#"["plain"]"#, "[]", r#""S256""#, "null"] {
            assert_eq!(code(200, "application/json", &with(methods)), Some(ErrorCode::PkceUnsupported), "{methods}");
        }
    }
}
