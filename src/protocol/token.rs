//! The token endpoint: RFC 6749 sections 4.1.3, 5 and 6.

use super::attempt::Attempt;
use super::config::Dpop;
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
/// [`ErrorCode::RateLimited`], [`ErrorCode::ServerError`], and what is wrong with a proof or its mode.
pub fn read(answer: &Answer, refused: ErrorCode, mode: Dpop, received: Now) -> Result<Tokens, AuthError> {
    if is_client_unknown(answer) {
        return Err(ErrorCode::ClientUnknown.into());
    }
    if answer.status == 400 {
        return Err(refusal(answer, refused, mode));
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
    check_type(tokens.text("token_type"), mode)?;
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

/// A token of another type is not used (C-42; RFC 9449 section 5).
fn check_type(token_type: &str, mode: Dpop) -> Result<(), AuthError> {
    // RFC 6749 section 5.1: the type is compared without case.
    let bearer = token_type.eq_ignore_ascii_case("bearer");
    #[cfg(feature = "full")]
    match mode {
        Dpop::Refresh if token_type.eq_ignore_ascii_case("dpop") => return Err(ErrorCode::DpopAccessTokenBound.into()),
        Dpop::Full if token_type.eq_ignore_ascii_case("dpop") => return Ok(()),
        Dpop::Full if bearer => return Err(ErrorCode::DpopAccessTokenUnbound.into()),
        _ => {}
    }
    match bearer && mode != Dpop::Full {
        true => Ok(()),
        false => Err(ErrorCode::TokenTypeRefused.into()),
    }
}

/// Decides by `error` alone (C-48). The description only tells people why: Keycloak names a
/// missing proof of possession there and nowhere else.
#[cfg_attr(not(feature = "full"), allow(unused_variables))]
fn refusal(answer: &Answer, refused: ErrorCode, mode: Dpop) -> AuthError {
    let json = super::json::parse(&answer.body);
    let text = |name: &str| json.as_ref().and_then(|json| json.get(name)).and_then(|value| value.text());
    let (error, description) = (text("error"), text("error_description"));
    #[cfg(feature = "full")]
    if mode != Dpop::Off
        && let Some(problem) = super::dpop::refusal(error, description)
    {
        return problem;
    }
    if description == Some("DPoP proof is missing") {
        return ErrorCode::TokenTypeRefused.into();
    }
    match error {
        Some("invalid_grant") => AuthError::about(refused, reason(description.unwrap_or_default())),
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
        read(&answer(status, body), ErrorCode::CodeRefused, Dpop::Off, NOW).err().map(|error| error.code())
    }

    #[test]
    fn c_41_c_44_a_usable_answer_and_unusable_ones() {
        let full = r#"{"access_token":"a","token_type":"bEaReR","expires_in":300,"refresh_token":"r","refresh_expires_in":0,"id_token":"i","extra":{"__proto__":1}}"#;
        let tokens = read(&answer(200, full), ErrorCode::CodeRefused, Dpop::Off, NOW).unwrap();
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

    #[cfg(feature = "full")]
    #[test]
    fn c_42_c_103_each_mode_takes_its_own_token_type() {
        let code = |kind: &str, mode| {
            let body = format!(r#"{{"access_token":"a","token_type":"{kind}"}}"#);
            read(&answer(200, &body), ErrorCode::CodeRefused, mode, NOW).err().map(|error| error.code())
        };
        for (kind, mode, expected) in [
            ("Bearer", Dpop::Off, None),
            ("DPoP", Dpop::Off, Some(ErrorCode::TokenTypeRefused)),
            ("bearer", Dpop::Refresh, None),
            ("dpop", Dpop::Refresh, Some(ErrorCode::DpopAccessTokenBound)),
            ("DPoP", Dpop::Full, None),
            ("dPoP", Dpop::Full, None),
            ("Bearer", Dpop::Full, Some(ErrorCode::DpopAccessTokenUnbound)),
            ("mac", Dpop::Full, Some(ErrorCode::TokenTypeRefused)),
            ("mac", Dpop::Refresh, Some(ErrorCode::TokenTypeRefused)),
        ] {
            assert_eq!(code(kind, mode), expected, "{kind} {mode:?}");
        }
    }

    #[cfg(feature = "full")]
    #[test]
    fn c_103_refusals_of_proofs_are_told_from_other_refusals() {
        let code = |error: &str, description: &str, mode| {
            let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
            read(&answer(400, &body), ErrorCode::RefreshRefused, mode, NOW).err().map(|error| error.code())
        };
        for (error, description, mode, expected) in [
            ("invalid_grant", "DPoP proof is missing", Dpop::Off, ErrorCode::TokenTypeRefused),
            ("invalid_request", "DPoP proof is missing", Dpop::Off, ErrorCode::TokenTypeRefused),
            ("invalid_dpop_proof", "DPoP proof is missing", Dpop::Off, ErrorCode::TokenTypeRefused),
            ("invalid_dpop_proof", "DPoP proof is missing", Dpop::Refresh, ErrorCode::DpopProofRefused),
            ("invalid_request", "DPoP proof is not active", Dpop::Full, ErrorCode::DpopProofRefused),
            ("invalid_request", "DPoP HTTP URL mismatch", Dpop::Refresh, ErrorCode::DpopProofRefused),
            ("use_dpop_nonce", "", Dpop::Refresh, ErrorCode::DpopProofRefused),
            // Of another key: the refresh token is not this browser's, or its key is not the login's.
            ("invalid_grant", "DPoP confirmation doesn't match DPoP proof", Dpop::Refresh, ErrorCode::RefreshRefused),
            ("invalid_grant", "Session not active", Dpop::Full, ErrorCode::RefreshRefused),
            ("invalid_request", "x", Dpop::Full, ErrorCode::TokenAnswerInvalid),
        ] {
            assert_eq!(code(error, description, mode), Some(expected), "{error} {description} {mode:?}");
        }
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
            let tokens = read(&answer(200, &body), ErrorCode::CodeRefused, Dpop::Off, NOW).unwrap();
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
        assert_eq!(read(&disabled, ErrorCode::RefreshRefused, Dpop::Off, NOW).err().unwrap().subject(), DISABLED);
    }
}
