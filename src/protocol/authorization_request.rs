//! The address that the browser leaves for: RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect
//! Core section 3.1.2.1.

use super::Config;
use super::encoding::push_form;
use super::options::{Kind, Options, Table};
use super::pkce::CodeVerifier;

/// The options of `session.login`.
pub const TABLE: &Table = &[
    ("returnTo", Kind::Text),
    ("prompt", Kind::Choice("login none")),
    ("loginHint", Kind::Text),
    ("idpHint", Kind::Text),
    ("locale", Kind::Text),
];

/// Whether Keycloak is asked to show nothing.
pub fn is_silent(options: &Options) -> bool {
    options.get("prompt") == Some("none")
}

/// Builds the authorization request.
///
/// The answer is asked for in the fragment (OAuth 2.0 Multiple Response Type Encoding Practices
/// section 2.1): it then reaches no server log and no `Referer` header, whatever the page does.
pub fn url(config: &Config, options: &Options, verifier: &CodeVerifier, state: &str, nonce: &str) -> String {
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
    let locale = Some(config.locale.as_str()).filter(|locale| !locale.is_empty());
    for (name, value) in [
        ("prompt", options.get("prompt")),
        ("login_hint", options.get("loginHint")),
        ("kc_idp_hint", options.get("idpHint")),
        ("ui_locales", options.get("locale").or(locale)),
    ] {
        if let Some(value) = value {
            put(name, value);
        }
    }
    if !config.extra_parameters.is_empty() {
        query.push('&');
        query.push_str(&config.extra_parameters);
    }
    [&config.endpoint("auth"), "?", &query].concat()
}
