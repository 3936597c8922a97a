//! Keycloak's answer in the address bar: RFC 6749 section 4.1.2, RFC 9207, checked before any request.

use super::attempt::{Attempt, STATE_PREFIX};
use super::encoding::parse_form;
use super::fields::Fields;
use super::pkce::CodeVerifier;
use super::secret::Code;
use super::text::{cut, is_one_of, shown};
use super::{AuthError, Config, ErrorCode};

/// Parameters that mean something to us; each may come once (RFC 6749 section 3.1, C-26).
const KNOWN: &str = "code state iss error error_description error_uri session_state kc_action_status";
/// What only the implicit flow returns; we never ask for it (C-27).
const TOKENS: &str = "access_token id_token refresh_token token_type";

/// The parameters of an answer, taken apart but not yet believed. They are silent in `Debug`.
#[derive(Clone, Debug, Default)]
pub struct Callback(Fields);

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

/// How a required action ended: first letter of `success`, `cancelled` or `error`; something else if there was none.
pub type Action = u8;

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
        let mut fields = Fields::default();
        for (name, value) in parse_form(raw).ok_or_else(|| malformed("encoding"))? {
            let known = is_one_of(&name, KNOWN);
            if known && fields.get(&name).is_some() || is_one_of(&name, TOKENS) {
                return Err(malformed(&name));
            }
            // The others are dropped: an address can hold a hundred thousand, and `put` searches them all.
            if known {
                fields.put(&name, &value);
            }
        }
        if fields.get("code").is_some() && fields.get("error").is_some() {
            return Err(malformed("code"));
        }
        if fields.get("state").is_none() {
            return Err(malformed("state"));
        }
        Ok(Callback(fields))
    }

    /// The `state`, under which the attempt is stored.
    pub fn state(&self) -> &str {
        self.0.text("state")
    }

    /// How a required action ended that was asked for by `kc_action`.
    pub fn action(&self) -> Action {
        self.0.text("kc_action_status").bytes().next().unwrap_or_default()
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
        let issuer = self.0.get("iss").ok_or(ErrorCode::CallbackIssuerMissing)?;
        if issuer != config.issuer {
            return Err(AuthError::about(ErrorCode::CallbackIssuerMismatch, &shown(issuer)));
        }
        if let Some(code) = self.0.get("code").filter(|code| !code.is_empty()) {
            return Ok(Verdict::Code(Code::new(code), verifier));
        }
        match self.0.get("error") {
            Some(error) => refusal(error, self.0.text("error_description"), attempt.is("silent")),
            None => Err(AuthError::about(ErrorCode::CallbackMalformed, "code")),
        }
    }
}

/// RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6.
fn refusal(error: &str, description: &str, silent: bool) -> Result<Verdict, AuthError> {
    let interaction = is_one_of(error, "interaction_required consent_required account_selection_required");
    if silent && (interaction || error == "login_required") {
        return Ok(Verdict::Nobody);
    }
    if error == "temporarily_unavailable" && description == "authentication_expired" {
        return Ok(Verdict::Retry);
    }
    let code = match error {
        _ if interaction => ErrorCode::InteractionRequired,
        "login_required" => ErrorCode::LoginRequired,
        "access_denied" => ErrorCode::LoginDenied,
        "invalid_scope" => ErrorCode::ScopeRefused,
        "server_error" | "temporarily_unavailable" => ErrorCode::ServerError,
        _ => ErrorCode::LoginRefused,
    };
    Err(AuthError::about(code, &shown(error)))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Anybody can make a link to this page with as many parameters as an address holds, and each name that is
    /// kept is searched for once per parameter.
    #[test]
    fn only_parameters_that_mean_something_are_kept() {
        let many: String = (0..100_000).map(|number| format!("x{number}=&")).collect();
        let callback = Callback::parse(&[&many, "state=s&code=c&x1=again"].concat()).unwrap();
        assert_eq!(callback.0.pairs().len(), 2);
        assert_eq!(callback.state(), "s");
    }
}
