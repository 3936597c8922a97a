//! The address that the browser leaves for: RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect
//! Core section 3.1.2.1.

use super::encoding::push_form;
use super::pkce::CodeVerifier;
use super::{AuthError, Config, ErrorCode};

/// `prompt` of an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Ask for the password even if there is a session.
    Login,
    /// Show nothing; answer at once.
    None,
}

/// What one login asks for beyond the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginOptions {
    /// Where to come back to.
    pub return_to: Option<String>,
    /// How to ask.
    pub prompt: Option<Prompt>,
    /// Login name to fill in.
    pub login_hint: Option<String>,
    /// Identity provider to go on to.
    pub idp_hint: Option<String>,
    /// Language of the pages.
    pub locale: Option<String>,
}

impl LoginOptions {
    /// Reads the options of `session.login`. Fails with [`ErrorCode::OptionUnknown`] or
    /// [`ErrorCode::OptionInvalid`].
    pub fn read(options: &super::json::Json) -> Result<Self, AuthError> {
        use super::json::Json;
        let mut read = LoginOptions::default();
        let fields = match options {
            Json::Null => return Ok(read),
            other => other.object().ok_or_else(|| AuthError::about(ErrorCode::OptionInvalid, "options"))?,
        };
        for (name, value) in fields {
            let text = value.text().map(str::to_owned);
            if text.is_none() {
                return Err(AuthError::about(ErrorCode::OptionInvalid, name));
            }
            match name.as_str() {
                "returnTo" => read.return_to = text,
                "loginHint" => read.login_hint = text,
                "idpHint" => read.idp_hint = text,
                "locale" => read.locale = text,
                "prompt" => {
                    read.prompt = Some(match text.as_deref() {
                        Some("login") => Prompt::Login,
                        Some("none") => Prompt::None,
                        _ => return Err(AuthError::about(ErrorCode::OptionInvalid, name)),
                    })
                }
                _ => return Err(AuthError::about(ErrorCode::OptionUnknown, name)),
            }
        }
        Ok(read)
    }
}

/// Builds the authorization request.
///
/// The answer is asked for in the fragment (OAuth 2.0 Multiple Response Type Encoding Practices
/// section 2.1): it then reaches no server log and no `Referer` header, whatever the page does.
pub fn url(config: &Config, options: &LoginOptions, verifier: &CodeVerifier, state: &str, nonce: &str) -> String {
    let mut query = String::new();
    let mut put = |name: &str, value: &str| push_form(&mut query, name, value);
    put("response_type", "code");
    put("response_mode", "fragment");
    put("client_id", &config.client_id);
    put("redirect_uri", &config.redirect_uri);
    put("scope", &config.scope);
    put("state", state);
    put("nonce", nonce);
    put("code_challenge", &verifier.challenge());
    put("code_challenge_method", "S256");
    match options.prompt {
        Some(Prompt::Login) => put("prompt", "login"),
        Some(Prompt::None) => put("prompt", "none"),
        None => {}
    }
    if let Some(hint) = &options.login_hint {
        put("login_hint", hint);
    }
    if let Some(hint) = &options.idp_hint {
        put("kc_idp_hint", hint);
    }
    if let Some(locale) = options.locale.as_ref().or(config.locale.as_ref()) {
        put("ui_locales", locale);
    }
    for (name, value) in &config.extra_parameters {
        put(name, value);
    }
    [&config.endpoint("auth"), "?", &query].concat()
}
