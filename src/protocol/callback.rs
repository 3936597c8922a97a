//! Keycloak's answer in the address bar: RFC 6749 section 4.1.2, RFC 9207, checked before any request.

use super::attempt::{Attempt, STATE_PREFIX};
use super::encoding::parse_form;
use super::pkce::CodeVerifier;
use super::secret::Code;
use super::text::{cut, shown};
use super::{AuthError, Config, ErrorCode};

/// Parameters that mean something to us; each may come once (RFC 6749 section 3.1, C-26).
const KNOWN: [&str; 7] = ["code", "state", "iss", "error", "error_description", "error_uri", "session_state"];
/// What only the implicit flow returns; we never ask for it (C-27).
const TOKENS: [&str; 4] = ["access_token", "id_token", "refresh_token", "token_type"];

/// The parameters of an answer, taken apart but not yet believed.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    state: String,
    issuer: Option<String>,
    code: Option<Code>,
    error: Option<(String, String)>,
}

/// An answer that belongs to an attempt of this browser.
#[derive(Debug)]
pub enum Verdict {
    /// Exchange this code, with this verifier.
    Code(Code, CodeVerifier),
    /// Keycloak refused, but asking once more will do: the user logged in meanwhile in another tab
    /// (`temporarily_unavailable` with `authentication_expired`).
    Retry,
    /// Silent login: nobody is signed in, or Keycloak would have to show something.
    Nobody,
    /// The log-out is done.
    LoggedOut {
        /// Whether to go on to the login form.
        switch_user: bool,
    },
}

/// The namespace that a `state` names, if it is one of ours.
pub fn tag_of(state: &str) -> Option<&str> {
    Some(cut(state.strip_prefix(STATE_PREFIX)?, b'.').0)
}

impl Callback {
    /// Takes the raw parameters apart, query and fragment joined by `&`.
    ///
    /// Fails with [`ErrorCode::CallbackMalformed`], naming the parameter.
    pub fn parse(raw: &str) -> Result<Self, AuthError> {
        let malformed = |name: &str| AuthError::about(ErrorCode::CallbackMalformed, name);
        let fields = parse_form(raw).ok_or_else(|| malformed("encoding"))?;
        for name in KNOWN {
            if fields.iter().filter(|(key, _)| key == name).count() > 1 {
                return Err(malformed(name));
            }
        }
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if let Some(name) = TOKENS.iter().find(|name| get(name).is_some()) {
            return Err(malformed(name));
        }
        let code = get("code").map(Code::new);
        let error = get("error").map(|error| (error.to_owned(), get("error_description").unwrap_or("").to_owned()));
        if code.is_some() && error.is_some() {
            return Err(malformed("code"));
        }
        Ok(Callback {
            state: get("state").ok_or_else(|| malformed("state"))?.to_owned(),
            issuer: get("iss").map(str::to_owned),
            code,
            error,
        })
    }

    /// The `state`, under which the attempt is stored.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Holds the answer against the attempt that was stored under its state.
    ///
    /// Fails with [`ErrorCode::CallbackUnsolicited`] (no such attempt, C-20, C-21, C-25),
    /// [`ErrorCode::CallbackExpired`], [`ErrorCode::CallbackIssuerMissing`] (C-23),
    /// [`ErrorCode::CallbackIssuerMismatch`] (C-22), or with what Keycloak's `error` means.
    pub fn check(self, attempt: &Attempt, config: &Config, now: i64) -> Result<Verdict, AuthError> {
        if attempt.get("issuer") != config.issuer || attempt.get("client_id") != config.client_id {
            return Err(ErrorCode::CallbackUnsolicited.into());
        }
        if !attempt.is_fresh(now) {
            return Err(ErrorCode::CallbackExpired.into());
        }
        let Some(verifier) = attempt.verifier() else {
            // The end-session answer is the state alone (RP-Initiated Logout section 3).
            return Ok(Verdict::LoggedOut { switch_user: attempt.is("switch_user") });
        };
        // RFC 9207 section 2.4. Keycloak always sends it, so its absence is a refusal, not a guess;
        // this holds for errors as well, which would otherwise be put down to the wrong server.
        match &self.issuer {
            None => return Err(ErrorCode::CallbackIssuerMissing.into()),
            Some(issuer) if *issuer != config.issuer => {
                return Err(AuthError::about(ErrorCode::CallbackIssuerMismatch, &shown(issuer)));
            }
            Some(_) => {}
        }
        match (self.code, self.error) {
            (Some(code), _) => Ok(Verdict::Code(code, verifier)),
            (None, Some((error, description))) => refusal(&error, &description, attempt.is("silent")),
            (None, None) => Err(AuthError::about(ErrorCode::CallbackMalformed, "code")),
        }
    }
}

/// RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6.
fn refusal(error: &str, description: &str, silent: bool) -> Result<Verdict, AuthError> {
    let code = match error {
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" if silent => {
            return Ok(Verdict::Nobody);
        }
        "temporarily_unavailable" if description == "authentication_expired" => {
            return Ok(Verdict::Retry);
        }
        "login_required" => ErrorCode::LoginRequired,
        "interaction_required" | "consent_required" | "account_selection_required" => ErrorCode::InteractionRequired,
        "access_denied" => ErrorCode::LoginDenied,
        "invalid_scope" => ErrorCode::ScopeRefused,
        "server_error" | "temporarily_unavailable" => ErrorCode::ServerError,
        _ => ErrorCode::LoginRefused,
    };
    Err(AuthError::about(code, &shown(error)))
}
