//! The token endpoint: RFC 6749 sections 4.1.3, 5 and 6.

use super::attempt::Attempt;
use super::encoding::push_form;
use super::http::{Answer, Method, Request};
use super::json::Json;
use super::number::plus;
use super::pkce::CodeVerifier;
use super::record::Tokens;
use super::secret::Code;
use super::session::Now;
use super::text::{is_one_of, shown};
use super::{AuthError, Config, ErrorCode};

/// Seconds that a token is taken to live when the server gives no usable number (C-43): short enough to
/// be harmless, long enough not to ask in a loop.
const DEFAULT_LIFETIME: i64 = 60;
/// No token is believed to live longer than this many seconds.
const MAX_LIFETIME: i64 = 24 * 60 * 60;

/// Exchanges a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). A code is sent once and never
/// again: Keycloak answers a second try by ending every token of this client in the session.
pub fn code_request(config: &Config, attempt: &Attempt, code: &Code, verifier: &CodeVerifier) -> Request {
    let mut form = String::new();
    push_form(&mut form, "grant_type", "authorization_code");
    push_form(&mut form, "client_id", &config.client_id);
    push_form(&mut form, "code", code.expose());
    push_form(&mut form, "redirect_uri", attempt.get("redirect_uri"));
    push_form(&mut form, "code_verifier", verifier.expose());
    Request { url: config.endpoint("token"), method: Method::Post(form) }
}

/// Refreshes (RFC 6749 section 6). No `scope`: the granted one stays (C-77).
pub fn refresh_request(config: &Config, token: &str) -> Request {
    let mut form = String::new();
    push_form(&mut form, "grant_type", "refresh_token");
    push_form(&mut form, "client_id", &config.client_id);
    push_form(&mut form, "refresh_token", token);
    Request { url: config.endpoint("token"), method: Method::Post(form) }
}

/// A refresh that cannot succeed and harms nothing: its answer tells whether the client exists and
/// whether this origin may read it.
pub fn probe_request(config: &Config) -> Request {
    refresh_request(config, "")
}

/// Whether the token endpoint says that the client is unknown or switched off (RFC 6749 section 5.2).
pub fn is_client_unknown(answer: &Answer) -> bool {
    answer.status == 401
}

/// Reads the answer to [`code_request`] or [`refresh_request`]. Nothing in it may be used before the ID token is
/// checked (C-47).
///
/// Fails with [`ErrorCode::TokenAnswerInvalid`] (C-41), [`ErrorCode::TokenTypeRefused`] (C-42),
/// [`ErrorCode::CodeRefused`] or [`ErrorCode::RefreshRefused`] (400), [`ErrorCode::ClientUnknown`] (401),
/// [`ErrorCode::RateLimited`], [`ErrorCode::ServerError`].
pub fn read(answer: &Answer, refused: ErrorCode, received: Now) -> Result<Tokens, AuthError> {
    if is_client_unknown(answer) {
        return Err(ErrorCode::ClientUnknown.into());
    }
    if answer.status == 400 {
        return Err(refusal(answer, refused));
    }
    let json = answer.json(ErrorCode::TokenAnswerInvalid)?;
    let mut tokens = Tokens::none();
    for name in &["token_type", "access_token", "refresh_token", "id_token"] {
        match json.get(name) {
            Some(Json::Text(text)) if !text.is_empty() => tokens.put(name, text),
            // The other two may be missing; whatever is there is a text with something in it.
            None if is_one_of(name, "refresh_token id_token") => {}
            _ => return Err(AuthError::about(ErrorCode::TokenAnswerInvalid, name)),
        }
    }
    // RFC 6749 section 5.1: the type is compared without case.
    if !tokens.text("token_type").eq_ignore_ascii_case("bearer") {
        return Err(ErrorCode::TokenTypeRefused.into());
    }
    // What was granted may be less than what was asked for (C-46).
    tokens.put_some("scope", json.get("scope").and_then(|scope| scope.text()));
    // 0 seconds are none, or for ever (C-78).
    let lifetime = |name: &str| json.get(name)?.number().filter(|seconds| *seconds > 0);
    let expires_in = lifetime("expires_in").map_or(DEFAULT_LIFETIME, |seconds| seconds.min(MAX_LIFETIME)) * 1000;
    tokens.put_number("lifetime", expires_in);
    tokens.put_number("expires_at", plus(received.wall, expires_in));
    if let Some(seconds) = lifetime("refresh_expires_in") {
        let idle = seconds.saturating_mul(1000);
        tokens.put_number("idle", idle);
        tokens.put_number("refresh_expires_at", plus(received.wall, idle));
    }
    Ok(tokens)
}

/// Decides by `error` alone (C-48). The description only tells people why.
fn refusal(answer: &Answer, refused: ErrorCode) -> AuthError {
    let json = super::json::parse(&answer.body);
    let text = |name: &str| json.as_ref().and_then(|json| json.get(name)).and_then(|value| value.text());
    match text("error") {
        Some("invalid_grant") => AuthError::about(refused, reason(text("error_description").unwrap_or_default())),
        Some("invalid_client" | "unauthorized_client") => ErrorCode::ClientUnknown.into(),
        Some(error) => AuthError::about(ErrorCode::TokenAnswerInvalid, &shown(error)),
        None => AuthError::about(ErrorCode::TokenAnswerInvalid, "error"),
    }
}

/// What Keycloak's descriptions tell, in the words of [`EndReason`](super::record::EndReason); it has one text for an
/// administrator's log-out, one in another application and a deleted account.
fn reason(description: &str) -> &'static str {
    match description {
        "User disabled" => DISABLED,
        "Stale token" => "revoked",
        "Maximum allowed refresh token reuse exceeded" => "reuse_detected",
        "Token is not active" => "expired",
        _ => "",
    }
}

/// Subject of a [`ErrorCode::RefreshRefused`] whose account is disabled.
pub const DISABLED: &str = "account_disabled";

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Now = Now { wall: 1_764_000_000_000, monotonic: 0 };

    fn answer(status: u16, body: &str) -> Answer {
        let content_type = Some("application/json".to_owned());
        Answer { status, content_type, date: None, body: body.as_bytes().to_vec() }
    }

    fn code(status: u16, body: &str) -> Option<ErrorCode> {
        read(&answer(status, body), ErrorCode::CodeRefused, NOW).err().map(|error| error.code())
    }

    #[test]
    fn c_41_c_44_a_usable_answer_and_unusable_ones() {
        let full = r#"{"access_token":"a","token_type":"bEaReR","expires_in":300,"refresh_token":"r","refresh_expires_in":0,"id_token":"i","extra":{"__proto__":1}}"#;
        let tokens = read(&answer(200, full), ErrorCode::CodeRefused, NOW).unwrap();
        assert_eq!((tokens.lifetime(), tokens.expires_at()), (300_000, NOW.wall + 300_000));
        assert_eq!(tokens.number("refresh_expires_at"), None);
        for body in [
            "",
            "[]",
            "null",
            "{}",
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":7,"token_type":"Bearer"}"#,
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","token_type":null}"#,
            r#"{"access_token":"a","token_type":"Bearer","refresh_token":7}"#,
            r#"{"access_token":"a","token_type":"Bearer","id_token":["i"]}"#,
            r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        ] {
            assert_eq!(code(200, body), Some(ErrorCode::TokenAnswerInvalid), "{body}");
        }
    }

    #[test]
    fn c_42_another_token_type_is_refused() {
        let body = r#"{"access_token":"a","token_type":"DPoP"}"#;
        assert_eq!(code(200, body), Some(ErrorCode::TokenTypeRefused));
    }

    #[test]
    fn c_43_no_lifetime_is_endless_or_nothing() {
        for (value, seconds) in [
            ("300", 300),
            ("1", 1),
            ("0", 60),
            ("-5", 60),
            (r#""300""#, 60),
            ("null", 60),
            ("1e308", 60),
            ("9007199254740993", 86_400),
            ("99999999999999999999999", 60),
        ] {
            let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{value}}}"#);
            let tokens = read(&answer(200, &body), ErrorCode::CodeRefused, NOW).unwrap();
            assert_eq!(tokens.lifetime(), seconds * 1000, "{value}");
        }
    }

    #[test]
    fn c_48_refusals_go_by_the_error_alone() {
        for (status, body, expected) in [
            (400, r#"{"error":"invalid_grant","error_description":"Code not valid"}"#, ErrorCode::CodeRefused),
            (400, r#"{"error":"invalid_client"}"#, ErrorCode::ClientUnknown),
            (401, "", ErrorCode::ClientUnknown),
            (400, r#"{"error":"invalid_request"}"#, ErrorCode::TokenAnswerInvalid),
            (400, "<html>", ErrorCode::TokenAnswerInvalid),
            (429, "", ErrorCode::RateLimited),
            (500, "", ErrorCode::ServerError),
            (302, "", ErrorCode::TokenAnswerInvalid),
        ] {
            assert_eq!(code(status, body), Some(expected), "{status} {body}");
        }
        let disabled = answer(400, r#"{"error":"invalid_grant","error_description":"User disabled"}"#);
        assert_eq!(read(&disabled, ErrorCode::RefreshRefused, NOW).err().unwrap().subject(), DISABLED);
    }
}
