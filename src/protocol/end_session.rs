//! Ending the session at Keycloak: OpenID Connect RP-Initiated Logout 1.0 section 2.

use super::encoding::push_form;
use super::secret::IdToken;
use super::{AuthError, Config, ErrorCode};

/// What one log-out asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutOptions {
    /// Where Keycloak sends the browser afterwards.
    pub return_to: Option<String>,
    /// Whether to go on to the login form.
    pub switch_user: bool,
}

impl LogoutOptions {
    /// Reads the options of `session.logout`. Fails with [`ErrorCode::OptionUnknown`] or
    /// [`ErrorCode::OptionInvalid`].
    pub fn read(options: &super::json::Json) -> Result<Self, AuthError> {
        use super::json::Json;
        let mut read = LogoutOptions::default();
        let fields = match options {
            Json::Null => return Ok(read),
            other => other.object().ok_or_else(|| AuthError::about(ErrorCode::OptionInvalid, "options"))?,
        };
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("returnTo", Json::Text(text)) => read.return_to = Some(text.clone()),
                ("switchUser", Json::Bool(value)) => read.switch_user = *value,
                ("returnTo" | "switchUser", _) => {
                    return Err(AuthError::about(ErrorCode::OptionInvalid, name));
                }
                _ => return Err(AuthError::about(ErrorCode::OptionUnknown, name)),
            }
        }
        Ok(read)
    }
}

/// The address that ends the session. With the hint Keycloak asks no question; the hint may be expired
/// (RP-Initiated Logout section 4).
pub fn url(config: &Config, hint: &IdToken, return_to: &str, state: &str) -> String {
    let mut query = String::new();
    push_form(&mut query, "client_id", &config.client_id);
    push_form(&mut query, "post_logout_redirect_uri", return_to);
    push_form(&mut query, "state", state);
    push_form(&mut query, "id_token_hint", hint.expose());
    [&config.endpoint("logout"), "?", &query].concat()
}
