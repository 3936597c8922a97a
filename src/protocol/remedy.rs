//! What an administrator can do about an error: which field, in which Keycloak screen, with which value.

use super::{AuthError, Config, ErrorCode};

/// The remedy, or `None` where nobody but the user or time can help.
pub fn remedy(error: &AuthError, config: Option<&Config>) -> Option<String> {
    let template = template(error)?;
    let mut text = String::new();
    for part in template.split('{') {
        // Each part but the first begins with the letter of a value and its closing brace.
        let (value, rest) = match part.split_once('}') {
            Some((letter, rest)) => (value(letter, error, config), rest),
            None => ("", part),
        };
        text.push_str(value);
        text.push_str(rest);
    }
    Some(text)
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
/// `{s}` subject of the error.
fn template(error: &AuthError) -> Option<&'static str> {
    Some(match error.code() {
        ErrorCode::OptionUnknown => "Remove \"{s}\" from the options of createSession, or correct its spelling.",
        ErrorCode::OptionInvalid => "Correct \"{s}\" in the options of createSession; the README lists what it takes.",
        ErrorCode::ClientSecretRefused => {
            "Remove \"{s}\" from the options. The client of a front end is public: in Keycloak, Clients, the client, Settings: Client authentication off. If the secret was published, make a new one."
        }
        ErrorCode::InsecureAuthority => {
            "Serve Keycloak by https ({s}), or accept the risk with allowInsecureHttp: true."
        }
        ErrorCode::InsecurePage => "Serve this page by https ({s}), or accept the risk with allowInsecureHttp: true.",
        ErrorCode::KeycloakUnreachable => {
            "Open {i} in this browser. If it does not open: start Keycloak, or make its certificate trusted. If it does: add its origin to connect-src of this page's Content-Security-Policy."
        }
        ErrorCode::RealmNotFound => {
            "Check authority and realm: {i} is not offered. Keycloak below a path needs that path in authority ({a}/auth, for example); realm names are case-sensitive."
        }
        ErrorCode::IssuerMismatch | ErrorCode::CallbackIssuerMismatch => {
            "Set authority to the address Keycloak calls itself by (it says {s}, the options say {i}), or start Keycloak with --hostname set to the address the browser uses."
        }
        ErrorCode::WebOriginMissing => "In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings, Web origins: add {o}",
        ErrorCode::ClientUnknown => {
            "In Keycloak, realm \"{r}\", Clients: create or enable the client \"{c}\", with Client authentication off and Standard flow on."
        }
        ErrorCode::RedirectUriRefused => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings, Valid redirect URIs: add {u}"
        }
        ErrorCode::ScopeRefused => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\", Client scopes: add the scopes that the option \"scope\" names, or shorten the option."
        }
        ErrorCode::LoginRefused => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\": Settings, Standard flow on, Client authentication off; Advanced, PKCE method S256."
        }
        ErrorCode::PkceUnsupported => "Update Keycloak; this package needs PKCE with S256.",
        ErrorCode::TokenTypeRefused => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings: Require DPoP bound tokens off."
        }
        ErrorCode::RoleMissing => {
            "In Keycloak, realm \"{r}\", Users, the user, Role mapping: assign the client role \"{s}\" of \"{c}\"."
        }
        ErrorCode::CustomerIdMissing => {
            "In Keycloak, realm \"{r}\", Users, the user, Attributes: set customerid to the value that OTRS knows the customer by. If it is set: Clients, \"{c}\", Client scopes, dedicated scope: add a User Attribute mapper for customerid into the access token."
        }
        ErrorCode::ClaimMissing => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\", Client scopes: add the scope \"profile\" as Default (missing: {s})."
        }
        ErrorCode::SessionEnded if error.subject() == super::token::DISABLED => {
            "In Keycloak, realm \"{r}\", Users, the user, Details: Enabled on."
        }
        ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt => {
            "Set the clocks of this computer and of the servers right."
        }
        ErrorCode::IdTokenAlgorithm => {
            "In Keycloak, realm \"{r}\", Realm settings, Tokens: Default signature algorithm RS256 or ES256."
        }
        ErrorCode::StorageUnavailable => "Allow cookies and site data for this site in the browser's settings.",
        ErrorCode::ApiOriginRefused => "Add {s} to apiOrigins if the access token may go there.",
        ErrorCode::AccessTokenMalformed => {
            "In Keycloak, realm \"{r}\", Clients, \"{c}\", Advanced: Always use lightweight access token off."
        }
        _ => return None,
    })
}
