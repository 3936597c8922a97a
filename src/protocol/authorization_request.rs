//! The address that the browser leaves for: RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect
//! Core section 3.1.2.1.

use super::Config;
use super::encoding::push_form;
use super::fields::Fields;
use super::options::{Kind, Table};
use super::pkce::CodeVerifier;

/// The options of `session.login`.
pub const TABLE: &Table = &[
    ("returnTo", Kind::Text),
    ("prompt", Kind::Choice("login none create")),
    ("loginHint", Kind::Text),
    ("idpHint", Kind::Text),
    ("locale", Kind::Text),
    ("acr", Kind::Text),
    ("maxAge", Kind::Number),
    ("action", Kind::Text),
];

/// Whether Keycloak is asked to show nothing.
pub fn is_silent(options: &Fields) -> bool {
    options.get("prompt") == Some("none")
}

/// Builds the authorization request.
///
/// The answer is asked for in the fragment (OAuth 2.0 Multiple Response Type Encoding Practices
/// section 2.1): it then reaches no server log and no `Referer` header, whatever the page does.
pub fn url(config: &Config, options: &Fields, verifier: &CodeVerifier, state: &str, nonce: &str) -> String {
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
    let mut put_some = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            put(name, value);
        }
    };
    put_some("prompt", options.get("prompt"));
    put_some("login_hint", options.get("loginHint"));
    put_some("kc_idp_hint", options.get("idpHint"));
    put_some("ui_locales", options.get("locale").or(locale));
    put_some("acr_values", options.get("acr"));
    put_some("max_age", options.get("maxAge"));
    put_some("kc_action", options.get("action"));
    if !config.extra_parameters.is_empty() {
        query.push('&');
        query.push_str(&config.extra_parameters);
    }
    [&config.endpoint("auth"), "?", &query].concat()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::encoding::parse_form;
    use super::super::session::tests::world::config;
    use super::*;

    fn query(config: &Config, options: &Fields) -> Vec<(String, String)> {
        let verifier = CodeVerifier::from_entropy(&[7; 32]);
        let url = url(config, options, &verifier, "the-state", "the-nonce");
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, "https://iam.example.com/realms/otrs-agents/protocol/openid-connect/auth");
        parse_form(query).unwrap()
    }

    fn get<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
        query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn c_10_c_11_c_13_the_request_is_a_code_flow_with_s256_and_nonce() {
        let query = query(&config(""), &Fields::default());
        for (name, value) in [
            ("response_type", "code"),
            ("response_mode", "fragment"),
            ("client_id", "otrs-app"),
            ("redirect_uri", "https://desk.example.com/agent/"),
            ("scope", "openid profile email"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(get(&query, name), Some(value));
        }
        let challenge = CodeVerifier::from_entropy(&[7; 32]).challenge();
        assert_eq!(get(&query, "code_challenge"), Some(challenge.as_str()));
        assert!(!query.iter().any(|(_, value)| value == CodeVerifier::from_entropy(&[7; 32]).expose()));
        assert_eq!(get(&query, "prompt"), None);
    }

    #[test]
    fn c_18_no_parameter_comes_twice() {
        let mut options = Fields::default();
        for (name, value) in [
            ("prompt", "login"),
            ("loginHint", "root@localhost"),
            ("idpHint", "ldap"),
            ("locale", "de"),
            ("acr", "gold"),
            ("maxAge", "60"),
            ("action", "UPDATE_PASSWORD"),
        ] {
            options.put(name, value);
        }
        let config = config(r#","locale":"en","extraParameters":{"claims":"{}"}"#);
        let query = query(&config, &options);
        for (name, _) in &query {
            assert_eq!(query.iter().filter(|(other, _)| other == name).count(), 1, "{name}");
        }
        assert_eq!(get(&query, "ui_locales"), Some("de"));
        assert_eq!(get(&query, "login_hint"), Some("root@localhost"));
        assert_eq!(get(&query, "claims"), Some("{}"));
        assert_eq!(get(&query, "acr_values"), Some("gold"));
        assert_eq!(get(&query, "max_age"), Some("60"));
        assert_eq!(get(&query, "kc_action"), Some("UPDATE_PASSWORD"));
    }
}
