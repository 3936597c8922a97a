//! What the front end asks for, checked once and by name.

use super::encoding::{base64url, sha256};
use super::json::Json;
use super::options::{self, Kind, Table};
use super::text::{cut, is_one_of, without_slashes};
use super::url::{Resolve, Url};
use super::{AuthError, ErrorCode};

/// What to do when nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoad {
    /// Go to Keycloak.
    Login,
    /// Ask Keycloak once per tab, silently.
    Check,
    /// Stay.
    Nothing,
}

/// Which tokens are bound to a key of this browser (RFC 9449).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dpop {
    /// None.
    Off,
    /// The refresh token; the access token goes to any API.
    Refresh,
    /// Both.
    Full,
}

/// The checked options of one session.
#[derive(Clone, Debug)]
pub struct Config {
    /// Keycloak's base address, without a slash at the end.
    pub authority: String,
    /// The realm's name.
    pub realm: String,
    /// `{authority}/realms/{realm}`: what `iss` has to equal.
    pub issuer: String,
    /// The public client.
    pub client_id: String,
    /// The client role needed to enter; empty if none is.
    pub required_role: String,
    /// Whether this is the external interface, so that customer data are read.
    pub customer: bool,
    /// Where a login comes back to.
    pub redirect_uri: String,
    /// Where a log-out comes back to.
    pub post_logout_redirect_uri: String,
    /// Scopes to ask for.
    pub scope: String,
    /// Where access tokens may go, with spaces between.
    pub api_origins: String,
    /// What to do when nobody is signed in.
    pub on_load: OnLoad,
    /// Whether all tabs share the session and it survives a reload.
    pub shared: bool,
    /// Whether the front end's requests keep an unused session alive.
    pub requests_count: bool,
    /// Whether a login may begin inside a page of another origin.
    pub allow_framing: bool,
    /// Language of Keycloak's pages, or empty.
    pub locale: String,
    /// More parameters for the authorization request, as form data.
    pub extra_parameters: String,
    /// Deadline of one request, ms.
    pub request_timeout: i64,
    /// Deadline of leaving the page, ms.
    pub navigation_timeout: i64,
    /// Origin of this page.
    pub page_origin: String,
    /// See [`Config::dpop`].
    #[cfg(feature = "full")]
    pub proof: Dpop,
}

const DEFAULT_SCOPE: &str = "openid profile email";

/// Parameters that secure the login (C-16) or have a way of their own (C-18: none twice).
#[cfg(not(feature = "full"))]
const RESERVED: &str = "client_id redirect_uri response_type response_mode scope state nonce code_challenge \
    code_challenge_method request request_uri prompt login_hint ui_locales kc_idp_hint acr_values \
    max_age kc_action";
#[cfg(feature = "full")]
const RESERVED: &str = "client_id redirect_uri response_type response_mode scope state nonce code_challenge \
    code_challenge_method request request_uri prompt login_hint ui_locales kc_idp_hint acr_values \
    max_age kc_action dpop_jkt";

#[cfg(feature = "full")]
const DPOP: Kind = Kind::Choice("off refresh full");
/// The loader takes the other module for the others.
#[cfg(not(feature = "full"))]
const DPOP: Kind = Kind::Choice("off");

const TABLE: &Table = &[
    ("interface", Kind::Choice("agent customer")),
    ("authority", Kind::Server),
    ("realm", Kind::Name),
    ("clientId", Kind::Name),
    ("requiredRole", Kind::TextOrNull),
    ("redirectUri", Kind::Page),
    ("postLogoutRedirectUri", Kind::Page),
    ("scope", Kind::Text),
    ("apiOrigins", Kind::Origins),
    ("onLoad", Kind::Choice("login check none")),
    ("storage", Kind::Choice("shared memory")),
    ("keepAlive", Kind::Choice("activity requests")),
    ("wasmUrl", Kind::Any),
    ("locale", Kind::Text),
    ("allowInsecureHttp", Kind::Flag),
    ("allowFraming", Kind::Flag),
    ("extraParameters", Kind::Parameters(RESERVED)),
    ("timeouts", Kind::Numbers("request navigation")),
    ("dpop", DPOP),
];

impl Config {
    /// Reads the options object of `createSession`.
    ///
    /// `page` is this page's address without its answer parameters. Fails with
    /// [`ErrorCode::OptionUnknown`], [`ErrorCode::OptionInvalid`], [`ErrorCode::ClientSecretRefused`],
    /// [`ErrorCode::InsecureAuthority`] or [`ErrorCode::InsecurePage`], naming the option.
    pub fn read(options: &Json, page: &Url, resolve: Resolve<'_>) -> Result<Self, AuthError> {
        let options = options::read(options, TABLE, &page.origin, resolve)?;
        let invalid = |option: &str| AuthError::about(ErrorCode::OptionInvalid, option);
        let server = options.get("authority").and_then(resolve).ok_or_else(|| invalid("authority"))?;
        // C-01: plain http only on this machine or by the explicit switch.
        let allowed = |url: &Url, code: ErrorCode| match url.protocol == "https:"
            || url.is_loopback()
            || options.flag("allowInsecureHttp")
        {
            true => Ok(()),
            false => Err(AuthError::about(code, &url.origin)),
        };
        allowed(&server, ErrorCode::InsecureAuthority)?;
        allowed(page, ErrorCode::InsecurePage)?;
        let scope = options.get("scope").unwrap_or(DEFAULT_SCOPE);
        if !is_one_of("openid", scope) {
            return Err(invalid("scope"));
        }
        let timeout = |name: &str, default| match options.number(name).unwrap_or(default) {
            ms @ 100..=120_000 => Ok(ms),
            _ => Err(invalid(name)),
        };
        // Before anything is copied that a refusal would have to give back.
        let request_timeout = timeout("timeouts.request", 10_000)?;
        let navigation_timeout = timeout("timeouts.navigation", 15_000)?;
        let customer = options.get("interface") == Some("customer");
        let [realm, role] = match customer {
            true => ["otrs-customer-users", "Customer User"],
            false => ["otrs-agents", "Agent"],
        };
        let authority = without_slashes(&server.href).to_owned();
        let realm = options.or("realm", realm);
        let redirect_uri = options.or("redirectUri", cut(cut(&page.href, b'#').0, b'?').0);
        Ok(Config {
            issuer: [&authority, "/realms/", &realm].concat(),
            authority,
            realm,
            client_id: options.or("clientId", "otrs-app"),
            required_role: options.or("requiredRole", role),
            customer,
            post_logout_redirect_uri: options.or("postLogoutRedirectUri", &redirect_uri),
            redirect_uri,
            scope: scope.to_owned(),
            api_origins: options.or("apiOrigins", &page.origin),
            on_load: match options.get("onLoad") {
                Some("login") => OnLoad::Login,
                Some("check") => OnLoad::Check,
                _ => OnLoad::Nothing,
            },
            shared: options.get("storage") != Some("memory"),
            requests_count: options.get("keepAlive") == Some("requests"),
            allow_framing: options.flag("allowFraming"),
            locale: options.or("locale", ""),
            extra_parameters: options.or("extraParameters", ""),
            request_timeout,
            navigation_timeout,
            page_origin: page.origin.clone(),
            #[cfg(feature = "full")]
            proof: match options.get("dpop") {
                Some("refresh") => Dpop::Refresh,
                Some("full") => Dpop::Full,
                _ => Dpop::Off,
            },
        })
    }

    /// Which tokens are bound to a key. In the module without that, a constant.
    pub fn dpop(&self) -> Dpop {
        #[cfg(feature = "full")]
        return self.proof;
        #[cfg(not(feature = "full"))]
        Dpop::Off
    }

    /// Short name of this issuer and client, the namespace of everything that is stored: two realms on
    /// one origin never meet (C-14, A-52). Nor do tokens with and without a key: each would be refused as the other.
    pub fn tag(&self) -> String {
        let proof = match self.dpop() {
            Dpop::Off => "",
            Dpop::Refresh => " refresh",
            Dpop::Full => " full",
        };
        let mut name = [&self.issuer, " ", &self.client_id].concat();
        name.push_str(proof);
        let digest = sha256(name.as_bytes());
        base64url(digest.get(..6).unwrap_or_default())
    }

    /// Address of one of Keycloak's OpenID Connect endpoints. They follow from the issuer, so no
    /// discovery document can point a token request elsewhere (C-08).
    pub fn endpoint(&self, name: &str) -> String {
        [&self.issuer, "/protocol/openid-connect/", name].concat()
    }

    /// Keycloak's account pages, with a link back to this front end.
    pub fn account_url(&self) -> String {
        let mut query = String::new();
        super::encoding::push_form(&mut query, "referrer", &self.client_id);
        super::encoding::push_form(&mut query, "referrer_uri", &self.redirect_uri);
        [&self.issuer, "/account/?", &query].concat()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;
