//! The token endpoint: RFC 6749 sections 4.1.3, 5 and 6.

use super::attempt::Attempt;
use super::encoding::push_form;
use super::http::{Answer, Method, Request};
use super::json::Json;
use super::pkce::CodeVerifier;
use super::secret::{AccessToken, Code, IdToken, RefreshToken};
use super::{AuthError, Config, ErrorCode};

/// Seconds that a token is taken to live when the server gives no usable number (C-43): short enough to
/// be harmless, long enough not to ask in a loop.
const DEFAULT_LIFETIME: i64 = 60;
/// No token is believed to live longer than this many seconds.
const MAX_LIFETIME: i64 = 24 * 60 * 60;

/// A usable answer. Nothing in it may be used before the ID token is checked (C-47).
#[derive(Clone, Debug)]
pub struct TokenAnswer {
    /// For the API.
    pub access: AccessToken,
    /// For the next refresh; absent when the old one stays in use (C-71).
    pub refresh: Option<RefreshToken>,
    /// Who it is; demanded for a code, optional for a refresh (OpenID Connect Core section 12.2).
    pub id: Option<IdToken>,
    /// Seconds until the access token expires, 1 to 86,400.
    pub expires_in: i64,
    /// Seconds until the refresh token expires, from Keycloak's `refresh_expires_in`; `None` when it
    /// does not say, or says 0 for never (C-78).
    pub refresh_expires_in: Option<i64>,
}

/// Exchanges a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). A code is sent once and never
/// again: Keycloak answers a second try by ending every token of this client in the session.
pub fn code_request(config: &Config, attempt: &Attempt, code: &Code, verifier: &CodeVerifier) -> Request {
    let mut form = String::new();
    push_form(&mut form, "grant_type", "authorization_code");
    push_form(&mut form, "client_id", &config.client_id);
    push_form(&mut form, "code", code.expose());
    push_form(&mut form, "redirect_uri", &attempt.redirect_uri);
    push_form(&mut form, "code_verifier", verifier.expose());
    Request { url: config.endpoint("token"), method: Method::Post(form) }
}

/// Refreshes (RFC 6749 section 6). No `scope`: the granted one stays (C-77).
pub fn refresh_request(config: &Config, token: &RefreshToken) -> Request {
    let mut form = String::new();
    push_form(&mut form, "grant_type", "refresh_token");
    push_form(&mut form, "client_id", &config.client_id);
    push_form(&mut form, "refresh_token", token.expose());
    Request { url: config.endpoint("token"), method: Method::Post(form) }
}

/// A refresh that cannot succeed and harms nothing: its answer tells whether the client exists and
/// whether this origin may read it.
pub fn probe_request(config: &Config) -> Request {
    refresh_request(config, &RefreshToken::new(""))
}

/// Whether the token endpoint says that the client is unknown or switched off (RFC 6749 section 5.2).
pub fn is_client_unknown(answer: &Answer) -> bool {
    answer.status == 401
}

/// Reads the answer to [`code_request`] or [`refresh_request`].
///
/// Fails with [`ErrorCode::TokenAnswerInvalid`] (C-41), [`ErrorCode::TokenTypeRefused`] (C-42),
/// [`ErrorCode::CodeRefused`] or [`ErrorCode::RefreshRefused`] (400), [`ErrorCode::ClientUnknown`] (401),
/// [`ErrorCode::RateLimited`], [`ErrorCode::ServerError`].
pub fn read(answer: &Answer, refused: ErrorCode) -> Result<TokenAnswer, AuthError> {
    if is_client_unknown(answer) {
        return Err(ErrorCode::ClientUnknown.into());
    }
    if answer.status == 400 {
        return Err(refusal(answer, refused));
    }
    let json = answer.json(ErrorCode::TokenAnswerInvalid)?;
    let required =
        |name: &str| optional(&json, name)?.ok_or_else(|| AuthError::about(ErrorCode::TokenAnswerInvalid, name));
    // RFC 6749 section 5.1: the type is compared without case.
    if !required("token_type")?.eq_ignore_ascii_case("bearer") {
        return Err(ErrorCode::TokenTypeRefused.into());
    }
    let seconds = |name: &str| json.get(name).and_then(|value| value.number());
    Ok(TokenAnswer {
        access: AccessToken::new(required("access_token")?),
        refresh: optional(&json, "refresh_token")?.map(RefreshToken::new),
        id: optional(&json, "id_token")?.map(IdToken::new),
        expires_in: match seconds("expires_in") {
            Some(number) if number > 0 => number.min(MAX_LIFETIME),
            _ => DEFAULT_LIFETIME,
        },
        refresh_expires_in: seconds("refresh_expires_in").filter(|number| *number > 0),
    })
}

/// A member that may be missing but, if there, is a text with something in it.
fn optional<'a>(json: &'a Json, name: &str) -> Result<Option<&'a str>, AuthError> {
    match json.get(name) {
        None => Ok(None),
        Some(Json::Text(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(AuthError::about(ErrorCode::TokenAnswerInvalid, name)),
    }
}

/// Decides by `error` alone (C-48). The description only tells people why: Keycloak names a disabled
/// account there and nowhere else.
fn refusal(answer: &Answer, refused: ErrorCode) -> AuthError {
    let json = super::json::parse(&answer.body);
    let text = |name: &str| json.as_ref().and_then(|json| json.get(name)).and_then(|value| value.text());
    match text("error") {
        Some("invalid_grant") if text("error_description") == Some("User disabled") => {
            AuthError::about(refused, DISABLED)
        }
        Some("invalid_grant") => refused.into(),
        Some("invalid_client" | "unauthorized_client") => ErrorCode::ClientUnknown.into(),
        Some(error) => AuthError::about(ErrorCode::TokenAnswerInvalid, &super::text::shown(error)),
        None => AuthError::about(ErrorCode::TokenAnswerInvalid, "error"),
    }
}

/// Subject of a [`ErrorCode::RefreshRefused`] whose account is disabled.
pub const DISABLED: &str = "account_disabled";
