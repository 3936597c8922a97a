//! The one error type: a stable code, a plain sentence, and what an administrator can do about it.

use table::Row;

/// Defines [`ErrorCode`] from one table, so that code, sentence and retry advice cannot drift apart.
macro_rules! error_codes {
    ($($variant:ident $code:literal $retry:literal $message:literal;)*) => {
        /// Every way a sign-in, a refresh, a call or a log-out can be refused. The string form
        /// ([`ErrorCode::code`]) is part of the public API and does not change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $(#[doc = $message] $variant,)*
        }

        impl ErrorCode {
            /// Every code, for documents and tests.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            fn row(self) -> Row {
                match self {
                    $(ErrorCode::$variant => Row { code: $code, message: $message, retryable: $retry },)*
                }
            }
        }
    };
}

mod table {
    /// One line of the error table.
    pub struct Row {
        pub code: &'static str,
        pub message: &'static str,
        pub retryable: bool,
    }
}

error_codes! {
    // Configuration
    OptionUnknown "option_unknown" false "There is no such option.";
    OptionInvalid "option_invalid" false "An option has a wrong value.";
    ClientSecretRefused "client_secret_refused" false "A client secret must not reach a browser.";
    InsecureAuthority "insecure_authority" false "Keycloak's address uses plain http: passwords and tokens would travel in clear.";
    InsecurePage "insecure_page" false "This page uses plain http: tokens would travel in clear.";
    // Browser
    StorageUnavailable "storage_unavailable" false "The browser stores no data for this site, which a login needs.";
    RandomnessUnavailable "randomness_unavailable" false "The browser gives no random numbers.";
    NavigationFailed "navigation_failed" true "The browser did not leave for Keycloak in time.";
    PageFramed "page_framed" false "This page is inside a page of another origin, where nobody should sign in.";
    LoginLoop "login_loop" false "Two logins in a row had no success, so a third is not tried by itself.";
    // Reaching Keycloak
    KeycloakUnreachable "keycloak_unreachable" true "Keycloak cannot be reached.";
    RealmNotFound "realm_not_found" false "The server does not offer this realm.";
    IssuerMismatch "issuer_mismatch" false "Keycloak calls itself by another address.";
    PkceUnsupported "pkce_unsupported" false "Keycloak does not offer PKCE with S256.";
    MetadataInvalid "metadata_invalid" false "Keycloak's discovery document cannot be used.";
    KeysInvalid "keys_invalid" true "Keycloak's keys cannot be used.";
    WebOriginMissing "web_origin_missing" false "Keycloak does not let this page's origin read its answers.";
    ClientUnknown "client_unknown" false "Keycloak does not know this client, or it is disabled.";
    RedirectUriRefused "redirect_uri_refused" false "Keycloak does not accept this page's redirect URI.";
    ServerError "server_error" true "Keycloak has an error of its own.";
    RateLimited "rate_limited" true "Keycloak asks to slow down.";
    // Callback
    CallbackMalformed "callback_malformed" false "The answer in the address bar is malformed.";
    CallbackUnsolicited "callback_unsolicited" false "The answer in the address bar belongs to no login of this browser.";
    CallbackExpired "callback_expired" true "The login took too long.";
    CallbackIssuerMissing "callback_issuer_missing" false "The answer in the address bar names no issuer.";
    CallbackIssuerMismatch "callback_issuer_mismatch" false "The answer in the address bar comes from another issuer.";
    LoginRequired "login_required" false "Nobody is signed in at Keycloak, or it asks for the password again.";
    InteractionRequired "interaction_required" false "Keycloak has to ask the user something.";
    LoginDenied "login_denied" false "The login was cancelled or denied.";
    LoginInterrupted "login_interrupted" true "The login was interrupted.";
    ScopeRefused "scope_refused" false "Keycloak does not know a scope that was asked for.";
    LoginRefused "login_refused" false "Keycloak refused the login request.";
    // Token answers
    CodeRefused "code_refused" true "Keycloak did not take the code: it is too old, used, or of another login.";
    RefreshRefused "refresh_refused" false "Keycloak ended the session.";
    TokenAnswerInvalid "token_answer_invalid" false "Keycloak's token answer cannot be used.";
    TokenTypeRefused "token_type_refused" false "Keycloak issued another type of token than asked for.";
    IdTokenMissing "id_token_missing" false "Keycloak issued no ID token.";
    IdTokenMalformed "id_token_malformed" false "The ID token is malformed.";
    IdTokenAlgorithm "id_token_algorithm" false "The ID token is signed with an algorithm that is not accepted.";
    IdTokenKeyUnknown "id_token_key_unknown" false "The ID token is signed with an unknown key.";
    IdTokenSignature "id_token_signature" false "The ID token's signature is wrong.";
    IdTokenIssuer "id_token_issuer" false "The ID token comes from another issuer.";
    IdTokenAudience "id_token_audience" false "The ID token is meant for another client.";
    IdTokenSubject "id_token_subject" false "The ID token names no user, or another one than before.";
    IdTokenExpired "id_token_expired" false "The ID token is not valid at this time.";
    IdTokenIssuedAt "id_token_issued_at" false "The ID token was issued at an impossible time.";
    IdTokenNonce "id_token_nonce" false "The ID token belongs to another login.";
    IdTokenAccessTokenHash "id_token_access_token_hash" false "The ID token belongs to another access token.";
    IdTokenAuthentication "id_token_authentication" false "The ID token does not prove the authentication that was asked for.";
    AccessTokenMalformed "access_token_malformed" false "The access token cannot be read.";
    // Who is signed in
    RoleMissing "role_missing" false "The user lacks the role that this interface requires.";
    ClaimMissing "claim_missing" false "The token does not say who the user is.";
    CustomerIdMissing "customerid_missing" false "The customer user has no customerid, so nobody knows whose tickets to show.";
    // The session
    NotSignedIn "not_signed_in" false "Nobody is signed in.";
    SessionEnded "session_ended" false "The session has ended.";
    SessionClosed "session_closed" false "The page closed this session object.";
    ApiOriginRefused "api_origin_refused" false "The access token is not sent to this origin.";
    ReturnUrlRefused "return_url_refused" false "The address to return to is not on this page's origin.";
    Timeout "timeout" true "An answer did not come in time.";
    InternalError "internal_error" true "otrs-auth has an error of its own; please report it.";
}

impl ErrorCode {
    /// The stable name, as JavaScript sees it.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// One plain English sentence for people.
    pub fn message(self) -> &'static str {
        self.row().message
    }

    /// Whether the same call may succeed later with nothing changed by anybody.
    pub fn retryable(self) -> bool {
        self.row().retryable
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
