//! What an administrator can do about an error: which field, in which Keycloak screen, with which value.

use super::text::cut;
use super::{AuthError, Config, ErrorCode};

/// Where the settings of the client are.
const CLIENT: &str = "In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings: ";
/// Where those of a user are.
const USER: &str = "In Keycloak, realm \"{r}\", Users, the user, ";

/// The remedy, or `None` where nobody but the user or time can help.
pub fn remedy(error: &AuthError, config: Option<&Config>) -> Option<String> {
    let mut text = String::new();
    fill(&mut text, template(error)?, error, config);
    Some(text)
}

fn fill(text: &mut String, template: &str, error: &AuthError, config: Option<&Config>) {
    let (plain, rest) = cut(template, b'{');
    text.push_str(plain);
    if let Some(rest) = rest {
        let (letter, rest) = cut(rest, b'}');
        match letter {
            "k" => fill(text, CLIENT, error, config),
            "w" => fill(text, USER, error, config),
            letter => text.push_str(value(letter, error, config)),
        }
        fill(text, rest.unwrap_or_default(), error, config);
    }
}

fn value<'a>(letter: &str, error: &'a AuthError, config: Option<&'a Config>) -> &'a str {
    let Some(config) = config else { return error.subject() };
    match letter {
        "r" => &config.realm,
        "c" => &config.client_id,
        "u" => &config.redirect_uri,
        "o" => &config.page_origin,
        "i" => &config.issuer,
        "a" => &config.authority,
        _ => error.subject(),
    }
}

/// `{r}` realm, `{c}` client, `{u}` redirect URI, `{o}` this page's origin, `{i}` issuer, `{a}` authority,
/// `{s}` subject of the error; `{k}` the client's settings, `{w}` the user's.
fn template(error: &AuthError) -> Option<&'static str> {
    Some(match error.code() {
        ErrorCode::OptionUnknown => "Remove \"{s}\" from the options, or correct its spelling.",
        ErrorCode::OptionInvalid => "Correct \"{s}\" in the options; the README lists what it takes.",
        ErrorCode::ClientSecretRefused => {
            "Remove \"{s}\" from the options. In Keycloak, Clients, the client, Settings: Client authentication off. If the secret was published, make a new one."
        }
        ErrorCode::InsecureAuthority | ErrorCode::InsecurePage => {
            "Use https for {s}, or accept the risk with allowInsecureHttp: true."
        }
        ErrorCode::KeycloakUnreachable => {
            "Open {i} in this browser. If it fails: start Keycloak, make its certificate trusted, or correct realm. If not: add its origin to connect-src of this page's Content-Security-Policy."
        }
        ErrorCode::RealmNotFound => {
            "Check authority and realm: {i} does not exist. A path belongs to the authority ({a}/auth, for example); realm names are case-sensitive."
        }
        ErrorCode::IssuerMismatch | ErrorCode::CallbackIssuerMismatch => {
            "Set authority to the address that Keycloak calls itself by ({s} instead of {i}), or start Keycloak with --hostname set to the address that browsers use."
        }
        ErrorCode::WebOriginMissing => "{k}Web origins: add {o}",
        ErrorCode::ClientUnknown => "{k}create or enable it, with Client authentication off and Standard flow on.",
        ErrorCode::RedirectUriRefused => "{k}Valid redirect URIs: add {u}",
        ErrorCode::ScopeRefused => "{k}Client scopes: add those of the option \"scope\", or shorten the option.",
        ErrorCode::LoginRefused => "{k}Standard flow on, Client authentication off; Advanced, PKCE method S256.",
        ErrorCode::PkceUnsupported => "Update Keycloak.",
        ErrorCode::TokenTypeRefused => "{k}Require DPoP bound tokens off.",
        ErrorCode::RoleMissing => "{w}Role mapping: assign the client role \"{s}\" of \"{c}\".",
        ErrorCode::CustomerIdMissing => {
            "{w}Attributes: set customerid to the value that OTRS knows the customer by. If it is set: {k}Client scopes, dedicated scope: add a User Attribute mapper for customerid into the access token."
        }
        ErrorCode::ClaimMissing => "{k}Client scopes: add the scope \"profile\" as Default (missing: {s}).",
        ErrorCode::SessionEnded if error.subject() == super::token::DISABLED => "{w}Details: Enabled on.",
        ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt => "Set the clocks of this computer and of the servers.",
        ErrorCode::IdTokenAlgorithm => {
            "In Keycloak, realm \"{r}\", Realm settings, Tokens: Default signature algorithm RS256 or ES256."
        }
        ErrorCode::StorageUnavailable => "Allow cookies and site data for this site in the browser's settings.",
        ErrorCode::ApiOriginRefused => "Add {s} to apiOrigins if the access token may go there.",
        ErrorCode::AccessTokenMalformed => "{k}Advanced: Always use lightweight access token off.",
        _ => return None,
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::session::tests::world::config;
    use super::*;

    #[test]
    fn every_remedy_is_filled_in_and_ends() {
        let config = config("");
        let mut count = 0;
        for code in ErrorCode::ALL {
            let error = AuthError::about(*code, "the-subject");
            let Some(text) = remedy(&error, Some(&config)) else { continue };
            count += 1;
            assert!(!text.contains(['{', '}']), "{text}");
            assert!(text.ends_with('.') || text.ends_with("example.com") || text.ends_with('/'), "{text}");
        }
        assert!(count > 20);
    }

    #[test]
    fn remedies_name_screen_and_value() {
        let told = |code, subject: &str| remedy(&AuthError::about(code, subject), Some(&config(""))).unwrap();
        assert_eq!(
            told(ErrorCode::RedirectUriRefused, ""),
            r#"In Keycloak, realm "otrs-agents", Clients, "otrs-app", Settings: Valid redirect URIs: add https://desk.example.com/agent/"#
        );
        assert_eq!(
            told(ErrorCode::RoleMissing, "Agent"),
            r#"In Keycloak, realm "otrs-agents", Users, the user, Role mapping: assign the client role "Agent" of "otrs-app"."#
        );
        let disabled = told(ErrorCode::SessionEnded, "account_disabled");
        assert!(disabled.contains("Enabled on"), "{disabled}");
        assert_eq!(remedy(&AuthError::about(ErrorCode::SessionEnded, "logged_out"), Some(&config(""))), None);
    }
}
