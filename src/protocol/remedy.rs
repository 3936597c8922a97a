//! What an administrator can do about an error: which field, in which Keycloak screen, with which value.

use super::{AuthError, Config, ErrorCode};

/// The remedy, or `None` where nobody but the user or time can help.
pub fn remedy(error: &AuthError, config: Option<&Config>) -> Option<String> {
    let empty = String::new();
    let (realm, client, redirect_uri, origin, issuer, authority) = match config {
        Some(c) => (
            &c.realm,
            &c.client_id,
            &c.redirect_uri,
            &c.page_origin,
            &c.issuer,
            &c.authority,
        ),
        None => (&empty, &empty, &empty, &empty, &empty, &empty),
    };
    let subject = error.subject.as_str();
    let client_screen = [
        "In Keycloak, realm \"",
        realm,
        "\", Clients, \"",
        client,
        "\": ",
    ]
    .concat();
    let user_screen = ["In Keycloak, realm \"", realm, "\", Users, the user: "].concat();
    let text = match error.code {
        ErrorCode::OptionUnknown => ["Remove \"", subject, "\" from the options of createSession, or correct its spelling."].concat(),
        ErrorCode::OptionInvalid => ["Correct \"", subject, "\" in the options of createSession; the README lists what it takes."].concat(),
        ErrorCode::ClientSecretRefused => {
            ["Remove \"", subject, "\" from the options. The client of a front end is public: ", &client_screen, "Settings, Client authentication off. If the secret was published, make a new one."].concat()
        }
        ErrorCode::InsecureAuthority => ["Serve Keycloak by https (", subject, "), or accept the risk with allowInsecureHttp: true."].concat(),
        ErrorCode::InsecurePage => ["Serve this page by https (", subject, "), or accept the risk with allowInsecureHttp: true."].concat(),
        ErrorCode::KeycloakUnreachable => {
            ["Open ", issuer, " in this browser. If it does not open: start Keycloak, or make its certificate trusted. If it does: add its origin to connect-src of this page's Content-Security-Policy."].concat()
        }
        ErrorCode::RealmNotFound => {
            ["Check authority and realm: ", issuer, " is not offered. Keycloak below a path needs that path in authority (", authority, "/auth, for example); realm names are case-sensitive."].concat()
        }
        ErrorCode::IssuerMismatch => {
            ["Set authority to the address Keycloak calls itself by (it says ", subject, ", the options say ", issuer, "), or start Keycloak with --hostname set to the address the browser uses."].concat()
        }
        ErrorCode::WebOriginMissing => [&client_screen, "Settings, Web origins: add ", origin].concat(),
        ErrorCode::ClientUnknown => {
            ["In Keycloak, realm \"", realm, "\", Clients: create or enable the client \"", client, "\", with Client authentication off and Standard flow on."].concat()
        }
        ErrorCode::RedirectUriRefused => [&client_screen, "Settings, Valid redirect URIs: add ", redirect_uri].concat(),
        ErrorCode::ScopeRefused => [&client_screen, "Client scopes: add the scopes that the option \"scope\" names, or shorten the option."].concat(),
        ErrorCode::LoginRefused => [&client_screen, "Settings, Capability config: Standard flow on, Client authentication off; Advanced, PKCE method S256."].concat(),
        ErrorCode::PkceUnsupported => "Update Keycloak; this package needs PKCE with S256.".to_owned(),
        ErrorCode::TokenTypeRefused => [&client_screen, "Settings, Capability config: Require DPoP bound tokens off."].concat(),
        ErrorCode::RoleMissing => [&user_screen, "Role mapping, Assign role, Client roles: \"", client, "\" \"", subject, "\""].concat(),
        ErrorCode::CustomerIdMissing => [&user_screen, "Attributes, customerid: the value that OTRS knows the customer by. If it is set: ", &client_screen, "Client scopes, dedicated scope, a User Attribute mapper customerid into the access token."].concat(),
        ErrorCode::ClaimMissing => [&client_screen, "Client scopes: add the scope \"profile\" as Default (missing: ", subject, ")."].concat(),
        ErrorCode::RefreshRefused | ErrorCode::SessionEnded if subject == super::token::DISABLED => [&user_screen, "Details, Enabled on."].concat(),
        ErrorCode::IdTokenExpired | ErrorCode::IdTokenIssuedAt => "Set the clocks of this computer and of the servers right.".to_owned(),
        ErrorCode::IdTokenAlgorithm => ["In Keycloak, realm \"", realm, "\", Realm settings, Tokens: Default signature algorithm RS256 or ES256."].concat(),
        ErrorCode::StorageUnavailable => "Allow cookies and site data for this site in the browser's settings.".to_owned(),
        ErrorCode::ApiOriginRefused => ["Add ", subject, " to apiOrigins if the access token may go there."].concat(),
        ErrorCode::AccessTokenMalformed => [&client_screen, "Advanced: Always use lightweight access token off."].concat(),
        _ => return None,
    };
    Some(text)
}
