//! The one error type: a stable code, a plain sentence, and what an administrator can do about it.

use super::text::cut;

/// Where in Keycloak a setting is.
macro_rules! screen {
    (client) => {
        "In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings: "
    };
    (user) => {
        "In Keycloak, realm \"{r}\", Users, the user, "
    };
}

/// Defines [`ErrorCode`] from one table, so that code, sentence, retry advice and remedy cannot drift apart. What
/// stands in braces in a remedy is filled in by [`super::remedy`]. What stands after `=>` is in the full module only.
macro_rules! error_codes {
    (
        $($variant:ident $code:literal $retry:literal $message:literal $($($screen:ident)? $remedy:literal)?;)*
        => $($more:ident $more_code:literal $more_retry:literal $more_message:literal
            $($($more_screen:ident)? $more_remedy:literal)?;)*
    ) => {
        /// Every way a sign-in, a refresh, a call or a log-out can be refused. The string form
        /// ([`ErrorCode::code`]) is part of the public API and does not change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $(#[doc = $message] $variant,)*
            $(#[doc = $more_message] #[cfg(feature = "full")] $more,)*
        }

        impl ErrorCode {
            /// Every code, for documents and tests.
            pub const ALL: &'static [ErrorCode] = &[
                $(ErrorCode::$variant,)*
                $(#[cfg(feature = "full")] ErrorCode::$more,)*
            ];

            /// A line for each code: one text to be searched, because pointers to a hundred texts hardly compress.
            #[cfg(not(feature = "full"))]
            const LINES: &'static str = concat!($($code, "|", $message, "|", $($(screen!($screen),)? $remedy,)? "\n"),*);
            #[cfg(feature = "full")]
            const LINES: &'static str = concat!(
                $($code, "|", $message, "|", $($(screen!($screen),)? $remedy,)? "\n",)*
                $($more_code, "|", $more_message, "|", $($(screen!($more_screen),)? $more_remedy,)? "\n"),*
            );

            /// Whether the same call may succeed later with nothing changed by anybody.
            pub fn retryable(self) -> bool {
                match self {
                    $(ErrorCode::$variant => $retry,)*
                    $(#[cfg(feature = "full")] ErrorCode::$more => $more_retry,)*
                }
            }
        }
    };
}

error_codes! {
    // Configuration
    OptionUnknown "option_unknown" false "There is no such option."
        "Remove \"{s}\" from the options, or correct its spelling.";
    OptionInvalid "option_invalid" false "An option has a wrong value."
        "Correct \"{s}\" in the options; the README lists what it takes.";
    ClientSecretRefused "client_secret_refused" false "A client secret must not reach a browser."
        "Remove \"{s}\" from the options. In Keycloak, Clients, the client, Settings: Client authentication off. Make a new secret if it was published.";
    InsecureAuthority "insecure_authority" false "Keycloak's address uses plain http: passwords and tokens would travel in clear."
        "Use https for {s}, or accept the risk with allowInsecureHttp: true.";
    InsecurePage "insecure_page" false "This page uses plain http: tokens would travel in clear."
        "Use https for {s}, or accept the risk with allowInsecureHttp: true.";
    // Browser
    StorageUnavailable "storage_unavailable" false "The browser stores no data for this site, which a login needs."
        "Allow cookies and site data in the browser's settings.";
    RandomnessUnavailable "randomness_unavailable" false "The browser gives no random numbers.";
    NavigationFailed "navigation_failed" true "The browser did not leave for Keycloak in time.";
    PageFramed "page_framed" false "This page is inside a page of another origin, where nobody should sign in.";
    LoginLoop "login_loop" false "Two logins in a row had no success, so a third is not tried by itself.";
    // Reaching Keycloak
    KeycloakUnreachable "keycloak_unreachable" true "Keycloak cannot be reached."
        "Open {i} in this browser. If it fails: start Keycloak, make its certificate trusted, or correct realm. If not: add its origin to connect-src of this page's Content-Security-Policy.";
    RealmNotFound "realm_not_found" false "The server does not offer this realm."
        "Check authority and realm: {i} does not exist. A path belongs to the authority ({a}/auth, for example); realm names are case-sensitive.";
    IssuerMismatch "issuer_mismatch" false "Keycloak calls itself by another address."
        "Keycloak calls itself {s}, not {i}: correct authority, or start Keycloak with the --hostname that browsers use.";
    PkceUnsupported "pkce_unsupported" false "Keycloak does not offer PKCE with S256."
        "Update Keycloak.";
    MetadataInvalid "metadata_invalid" false "Keycloak's discovery document cannot be used.";
    KeysInvalid "keys_invalid" true "Keycloak's keys cannot be used.";
    WebOriginMissing "web_origin_missing" false "Keycloak does not let this page's origin read its answers."
        client "Web origins: add {o}";
    ClientUnknown "client_unknown" false "Keycloak does not know this client, or it is disabled."
        client "create or enable it, with Client authentication off and Standard flow on.";
    RedirectUriRefused "redirect_uri_refused" false "Keycloak does not accept this page's redirect URI."
        client "Valid redirect URIs: add {u}";
    ServerError "server_error" true "Keycloak has an error of its own.";
    RateLimited "rate_limited" true "Keycloak asks to slow down.";
    // Callback
    CallbackMalformed "callback_malformed" false "The answer in the address bar is malformed.";
    CallbackUnsolicited "callback_unsolicited" false "The answer in the address bar belongs to no login of this browser.";
    CallbackExpired "callback_expired" true "The login took too long.";
    CallbackIssuerMissing "callback_issuer_missing" false "The answer in the address bar names no issuer.";
    CallbackIssuerMismatch "callback_issuer_mismatch" false "The answer in the address bar comes from another issuer."
        "Keycloak calls itself {s}, not {i}: correct authority, or start Keycloak with the --hostname that browsers use.";
    LoginRequired "login_required" false "Nobody is signed in at Keycloak, or it asks for the password again.";
    InteractionRequired "interaction_required" false "Keycloak has to ask the user something.";
    LoginDenied "login_denied" false "The login was cancelled or denied.";
    LoginInterrupted "login_interrupted" true "The login was interrupted.";
    ScopeRefused "scope_refused" false "Keycloak does not know a scope that was asked for."
        client "Client scopes: add those of the option \"scope\", or shorten the option.";
    LoginRefused "login_refused" false "Keycloak refused the login request."
        client "Client authentication off, Standard flow on, PKCE Method S256.";
    // Token answers
    CodeRefused "code_refused" true "Keycloak did not take the code: it is too old, used, or of another login.";
    RefreshRefused "refresh_refused" false "Keycloak ended the session.";
    TokenAnswerInvalid "token_answer_invalid" false "Keycloak's token answer cannot be used.";
    TokenTypeRefused "token_type_refused" false "Keycloak issues another type of token than asked for."
        client "Require DPoP bound tokens off, or set dpop.";
    IdTokenMissing "id_token_missing" false "Keycloak issued no ID token.";
    IdTokenMalformed "id_token_malformed" false "The ID token is malformed.";
    IdTokenAlgorithm "id_token_algorithm" false "The ID token is signed with an algorithm that is not accepted."
        "In Keycloak, realm \"{r}\", Realm settings, Tokens: Default signature algorithm RS256 or ES256.";
    IdTokenKeyUnknown "id_token_key_unknown" false "The ID token is signed with an unknown key.";
    IdTokenSignature "id_token_signature" false "The ID token's signature is wrong.";
    IdTokenIssuer "id_token_issuer" false "The ID token comes from another issuer.";
    IdTokenAudience "id_token_audience" false "The ID token is meant for another client.";
    IdTokenSubject "id_token_subject" false "The ID token names no user, or another one than before.";
    IdTokenExpired "id_token_expired" false "The ID token is not valid at this time."
        "Set the clocks of this computer and of the servers.";
    IdTokenIssuedAt "id_token_issued_at" false "The ID token was issued at an impossible time."
        "Set the clocks of this computer and of the servers.";
    IdTokenNonce "id_token_nonce" false "The ID token belongs to another login.";
    IdTokenAccessTokenHash "id_token_access_token_hash" false "The ID token belongs to another access token.";
    IdTokenAuthentication "id_token_authentication" false "The ID token does not prove the authentication that was asked for.";
    AccessTokenMalformed "access_token_malformed" false "The access token cannot be read."
        client "Advanced: Always use lightweight access token off.";
    // Who is signed in
    RoleMissing "role_missing" false "The user lacks the role that this interface requires."
        user "Role mapping: assign the client role \"{s}\" of \"{c}\".";
    ClaimMissing "claim_missing" false "The token does not say who the user is."
        client "Client scopes: add the scope \"profile\" as Default (missing: {s}).";
    CustomerIdMissing "customerid_missing" false "The customer user has no customerid, so nobody knows whose tickets to show."
        user "Attributes: set customerid to the value that OTRS knows the customer by. If it is set: In Keycloak, realm \"{r}\", Clients, \"{c}\", Settings: Client scopes, dedicated scope: add a User Attribute mapper for customerid into the access token.";
    // The session
    NotSignedIn "not_signed_in" false "Nobody is signed in.";
    SessionEnded "session_ended" false "The session has ended."
        user "Details: Enabled on.";
    SessionClosed "session_closed" false "The page closed this session object.";
    ApiOriginRefused "api_origin_refused" false "The access token is not sent to this origin."
        "Add {s} to apiOrigins if the access token may go there.";
    ReturnUrlRefused "return_url_refused" false "The address to return to is not on this page's origin.";
    Timeout "timeout" true "An answer did not come in time.";
    InternalError "internal_error" true "otrs-auth has an error of its own; please report it.";
    =>
    // Proof of possession
    DpopUnavailable "dpop_unavailable" false "Proof of possession (DPoP) needs a page on https."
        "Use https for {s}, or set dpop: \"off\".";
    DpopUnsupported "dpop_unsupported" false "Keycloak does not offer DPoP with ES256."
        "Start Keycloak with the feature dpop, or set dpop: \"off\".";
    DpopAccessTokenBound "dpop_access_token_bound" false "Keycloak bound the access token to the key, too."
        client "Require DPoP bound tokens off, and add the client policy of keycloak/dpop; or set dpop: \"full\".";
    DpopAccessTokenUnbound "dpop_access_token_unbound" false "Keycloak did not bind the access token to the key."
        client "Require DPoP bound tokens on, without the client policy; or set dpop: \"refresh\".";
    DpopProofRefused "dpop_proof_refused" false "Keycloak did not take the proof of possession."
        "Set the clocks of this computer and of the servers. If it is about the URL ({s}): start Keycloak with --hostname set to the address that browsers use.";
    DpopKeyLost "dpop_key_lost" true "The browser has lost the key of this login.";
}

impl ErrorCode {
    /// The stable name, as JavaScript sees it.
    pub fn code(self) -> &'static str {
        cut(self.line(), b'|').0
    }

    /// One plain English sentence for people.
    pub fn message(self) -> &'static str {
        self.after_code().0
    }

    /// What an administrator can do about it, to be filled in; empty where nobody but the user or time can help.
    pub fn remedy(self) -> &'static str {
        self.after_code().1.unwrap_or_default()
    }

    fn after_code(self) -> (&'static str, Option<&'static str>) {
        cut(cut(self.line(), b'|').1.unwrap_or_default(), b'|')
    }

    fn line(self) -> &'static str {
        let mut lines = Self::LINES;
        for _ in 0..self as usize {
            lines = cut(lines, b'\n').1.unwrap_or_default();
        }
        cut(lines, b'\n').0
    }
}

/// A refusal: what happened, and which name it concerns.
///
/// The subject is an option, claim, parameter or endpoint name, or an origin. It is never a token, code,
/// verifier, state or anything else that a server sent as a secret. Behind one pointer, because almost
/// every function can return it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthError(Box<(ErrorCode, String)>);

impl AuthError {
    /// An error about the thing named by `subject`.
    pub fn about(code: ErrorCode, subject: &str) -> Self {
        AuthError(Box::new((code, subject.to_owned())))
    }

    /// What happened.
    pub fn code(&self) -> ErrorCode {
        self.0.0
    }

    /// What it happened to; empty where the code says it all.
    pub fn subject(&self) -> &str {
        &self.0.1
    }
}

impl From<ErrorCode> for AuthError {
    fn from(code: ErrorCode) -> Self {
        AuthError::about(code, "")
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_sentences_end() {
        let mut seen = HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.code()), "{} twice", code.code());
            assert!(code.message().ends_with('.'), "{}", code.code());
        }
    }
}
