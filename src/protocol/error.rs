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
    OptionUnknown "option_unknown" false "The options hold a name that otrs-auth does not know.";
    OptionInvalid "option_invalid" false "An option has a value of the wrong type or form.";
    ClientSecretRefused "client_secret_refused" false "A client secret must never reach a browser; remove it from the options.";
    InsecureAuthority "insecure_authority" false "Keycloak's address uses plain http, so passwords and tokens would travel in clear.";
    InsecurePage "insecure_page" false "This page was loaded over plain http, so tokens would travel in clear.";
    // Browser
    StorageUnavailable "storage_unavailable" false "The browser refuses to store data for this site, so a login cannot survive the way to Keycloak and back.";
    RandomnessUnavailable "randomness_unavailable" false "The browser gives no random numbers, so no safe login can be started.";
    NavigationFailed "navigation_failed" true "The browser did not leave for Keycloak in time.";
    LoginLoop "login_loop" false "Sign-in was attempted twice in a row without success, so it stops here instead of going round in circles.";
    // Reaching Keycloak
    KeycloakUnreachable "keycloak_unreachable" true "Keycloak cannot be reached: it is down, its certificate is not trusted by this browser, or the network or the page's content security policy blocks it.";
    RealmNotFound "realm_not_found" false "A server answers at the configured address, but it does not offer this realm to browsers.";
    IssuerMismatch "issuer_mismatch" false "Keycloak calls itself by another address than the configured one.";
    PkceUnsupported "pkce_unsupported" false "Keycloak does not offer PKCE with S256.";
    MetadataInvalid "metadata_invalid" false "Keycloak's discovery document cannot be used.";
    KeysInvalid "keys_invalid" true "Keycloak's key set cannot be used.";
    WebOriginMissing "web_origin_missing" false "Keycloak answers, but does not allow this page's origin to read the answer.";
    ClientUnknown "client_unknown" false "Keycloak does not know this client, or the client is switched off.";
    RedirectUriRefused "redirect_uri_refused" false "Keycloak refuses to send the browser back to this page's redirect URI.";
    ServerError "server_error" true "Keycloak answered with an error of its own.";
    RateLimited "rate_limited" true "Keycloak asks to slow down.";
    // Callback
    CallbackMalformed "callback_malformed" false "The answer in the address bar is malformed: a parameter twice, a code beside an error, or a token where only a code may be.";
    CallbackUnsolicited "callback_unsolicited" false "The answer in the address bar belongs to no login that this browser has under way.";
    CallbackExpired "callback_expired" true "The login took too long; it has to be started again.";
    CallbackIssuerMissing "callback_issuer_missing" false "The answer in the address bar does not name the server that it comes from.";
    CallbackIssuerMismatch "callback_issuer_mismatch" false "The answer in the address bar comes from another server than the one asked.";
    LoginRequired "login_required" false "Nobody is signed in at Keycloak, or Keycloak asks for the password again.";
    InteractionRequired "interaction_required" false "Keycloak has to ask the user something before it can sign in silently.";
    LoginDenied "login_denied" false "The sign-in was cancelled or denied at Keycloak.";
    LoginInterrupted "login_interrupted" true "The login was interrupted at Keycloak and has to be started again.";
    ScopeRefused "scope_refused" false "Keycloak does not know a scope that was asked for.";
    LoginRefused "login_refused" false "Keycloak refused the login request.";
    // Token answers
    CodeRefused "code_refused" true "Keycloak did not exchange the code: it is too old, was used before, or belongs to another login.";
    RefreshRefused "refresh_refused" false "Keycloak ended the session.";
    TokenAnswerInvalid "token_answer_invalid" false "Keycloak's token answer cannot be used.";
    TokenTypeRefused "token_type_refused" false "Keycloak issued a type of token that was not asked for.";
    IdTokenMissing "id_token_missing" false "Keycloak's token answer holds no ID token.";
    IdTokenMalformed "id_token_malformed" false "The ID token is malformed.";
    IdTokenAlgorithm "id_token_algorithm" false "The ID token is signed with an algorithm that is not accepted.";
    IdTokenKeyUnknown "id_token_key_unknown" false "The ID token is signed with a key that Keycloak does not publish.";
    IdTokenSignature "id_token_signature" false "The ID token's signature is wrong.";
    IdTokenIssuer "id_token_issuer" false "The ID token comes from another issuer.";
    IdTokenAudience "id_token_audience" false "The ID token is meant for another client.";
    IdTokenSubject "id_token_subject" false "The ID token names no usable subject, or another one than before.";
    IdTokenExpired "id_token_expired" false "The ID token is not valid at this time; the computer's clock may be wrong.";
    IdTokenIssuedAt "id_token_issued_at" false "The ID token was issued at an impossible time; the computer's clock may be wrong.";
    IdTokenNonce "id_token_nonce" false "The ID token belongs to another login.";
    IdTokenAccessTokenHash "id_token_access_token_hash" false "The ID token belongs to another access token.";
    IdTokenAuthentication "id_token_authentication" false "The ID token does not prove the authentication that was asked for.";
    AccessTokenMalformed "access_token_malformed" false "The access token cannot be read, so the roles are unknown.";
    // Who is signed in
    RoleMissing "role_missing" false "The user is signed in, but lacks the role that this interface requires.";
    ClaimMissing "claim_missing" false "The user is signed in, but the token lacks what OTRS needs to know the user.";
    CustomerIdMissing "customerid_missing" false "The customer user is signed in, but has no customerid, so OTRS cannot tell whose tickets to show.";
    // The session
    NotSignedIn "not_signed_in" false "Nobody is signed in.";
    SessionEnded "session_ended" false "The session has ended.";
    SessionClosed "session_closed" false "This session object was closed by the page.";
    ApiOriginRefused "api_origin_refused" false "The access token is not sent to this address, because its origin is not among apiOrigins.";
    ReturnUrlRefused "return_url_refused" false "The address to return to is not on this page's own origin.";
    Timeout "timeout" true "An answer did not come in time.";
    InternalError "internal_error" true "otrs-auth failed by its own fault; please report it.";
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
