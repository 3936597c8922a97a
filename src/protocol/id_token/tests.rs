//! Shared parts of the ID token tests: one valid token, and ways to spoil it.

mod claims;
mod decode;
#[cfg(feature = "full")]
mod signature;

use super::*;
use crate::protocol::encoding::base64url;
use crate::protocol::rsa::test_key::sign;
use crate::protocol::{AuthError, ErrorCode};
use raw::Claims;

/// When the test login was started, and when its tokens are looked at.
pub const START: i64 = 1_700_000_000;
pub const NOW: i64 = START + 5;
pub const ISSUER: &str = "https://iam.example.com/realms/agents";
pub const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"key-1"}"#;
pub const ACCESS_TOKEN: &str = "access.token.value";

/// Claims as text, so that tests can write what no serializer would.
pub mod raw {
    /// Names and their JSON text.
    #[derive(Clone)]
    pub struct Claims(pub Vec<(&'static str, String)>);

    impl Claims {
        pub fn with(mut self, name: &'static str, value: &str) -> Self {
            self.0.retain(|(known, _)| *known != name);
            self.0.push((name, value.to_owned()));
            self
        }

        pub fn without(mut self, name: &str) -> Self {
            self.0.retain(|(known, _)| *known != name);
            self
        }

        pub fn json(&self) -> String {
            let members: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// The claims that Keycloak 26.4.0 issues.
pub fn claims() -> Claims {
    let access_token_hash = base64url(&crate::protocol::encoding::sha256(ACCESS_TOKEN.as_bytes())[..16]);
    Claims(vec![])
        .with("exp", &(START + 301).to_string())
        .with("iat", &(START + 1).to_string())
        .with("auth_time", &START.to_string())
        .with("jti", "\"3b0f7b41-2b71-4a8c-8f6d-5b8a0a5f4f10\"")
        .with("iss", &format!("\"{ISSUER}\""))
        .with("aud", "\"otrs-app\"")
        .with("sub", "\"f3a1\"")
        .with("typ", "\"ID\"")
        .with("azp", "\"otrs-app\"")
        .with("nonce", "\"the-nonce\"")
        .with("sid", "\"session-1\"")
        .with("at_hash", &format!("\"{access_token_hash}\""))
        .with("acr", "\"1\"")
        .with("preferred_username", "\"root@localhost\"")
}

pub fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: "otrs-app",
        nonce: Nonce::Required("the-nonce"),
        access_token: ACCESS_TOKEN,
        now: NOW,
        not_issued_before: Some(START),
        previous: None,
        max_age: None,
        acr: "",
    }
}

/// A token with a true signature of ring's.
pub fn token(header: &str, claims: &str) -> String {
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = base64url(&sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// The error of a check; a success is a failed test.
pub fn refusal<T>(result: Result<T, AuthError>) -> AuthError {
    match result {
        Ok(_) => unreachable!("accepted what must be refused"),
        Err(error) => error,
    }
}

pub fn check(claims: &Claims, expected: &Expected) -> Result<IdClaims, AuthError> {
    let input = format!("{}.{}", base64url(HEADER.as_bytes()), base64url(claims.json().as_bytes()));
    check_claims(&decode(&format!("{input}.AA")).unwrap_or_else(|error| unreachable!("{error:?}")), expected)
}

#[track_caller]
pub fn refused(claims: &Claims, expected: &Expected, code: ErrorCode, claim: &str) {
    assert_eq!(refusal(check(claims, expected)), AuthError::about(code, claim), "{}", claims.json());
}
