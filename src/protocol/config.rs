//! What the front end asks for, checked once and by name.

use super::encoding::{base64url, sha256};
use super::json::Json;
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
    /// The client role needed to enter.
    pub required_role: Option<String>,
    /// Whether this is the external interface, so that customer data are read.
    pub customer: bool,
    /// Where a login comes back to.
    pub redirect_uri: String,
    /// Where a log-out comes back to.
    pub post_logout_redirect_uri: String,
    /// Scopes to ask for.
    pub scope: String,
    /// Where access tokens may go.
    pub api_origins: Vec<String>,
    /// What to do when nobody is signed in.
    pub on_load: OnLoad,
    /// Whether all tabs share the session and it survives a reload.
    pub shared: bool,
    /// Language of Keycloak's pages.
    pub locale: Option<String>,
    /// More parameters for the authorization request.
    pub extra_parameters: Vec<(String, String)>,
    /// Deadline of one request, ms.
    pub request_timeout: i64,
    /// Deadline of leaving the page, ms.
    pub navigation_timeout: i64,
    /// Origin of this page.
    pub page_origin: String,
}

/// Parameters that secure the login (C-16) or have a way of their own (C-18: none twice).
const RESERVED: [&str; 15] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "prompt",
    "login_hint",
    "ui_locales",
    "kc_idp_hint",
];

const DEFAULT_SCOPE: &str = "openid profile email";

impl Config {
    /// Reads the options object of `createSession`.
    ///
    /// `page` is this page's address without its answer parameters. Fails with
    /// [`ErrorCode::OptionUnknown`], [`ErrorCode::OptionInvalid`], [`ErrorCode::ClientSecretRefused`],
    /// [`ErrorCode::InsecureAuthority`] or [`ErrorCode::InsecurePage`], naming the option.
    pub fn read(options: &Json, page: &Url, resolve: Resolve<'_>) -> Result<Self, AuthError> {
        let fields = options.object().ok_or_else(|| AuthError::about(ErrorCode::OptionInvalid, "options"))?;
        known_names(fields)?;
        let reader = Reader { options, page, resolve };
        let customer = match reader.text("interface")?.as_deref() {
            None | Some("agent") => false,
            Some("customer") => true,
            Some(_) => return Err(invalid("interface")),
        };
        let insecure_allowed = reader.flag("allowInsecureHttp")?;
        let authority = reader.authority(insecure_allowed)?;
        if page.protocol != "https:" && !page.is_loopback() && !insecure_allowed {
            return Err(AuthError::about(ErrorCode::InsecurePage, &page.origin));
        }
        let preset = |agent: &str, other: &str| {
            if customer { other.to_owned() } else { agent.to_owned() }
        };
        let realm = reader.name("realm")?.unwrap_or_else(|| preset("otrs-agents", "otrs-customer-users"));
        let redirect_uri = reader
            .own_page("redirectUri")?
            .unwrap_or_else(|| page.href.split(['?', '#']).next().unwrap_or_default().to_owned());
        Ok(Config {
            issuer: [&authority, "/realms/", &realm].concat(),
            authority,
            realm,
            client_id: reader.name("clientId")?.unwrap_or_else(|| "otrs-app".to_owned()),
            required_role: match options.get("requiredRole") {
                Some(Json::Null) => None,
                _ => Some(reader.text("requiredRole")?.unwrap_or_else(|| preset("Agent", "Customer User"))),
            },
            customer,
            post_logout_redirect_uri: reader.own_page("postLogoutRedirectUri")?.unwrap_or_else(|| redirect_uri.clone()),
            redirect_uri,
            scope: reader.scope()?,
            api_origins: reader.origins()?,
            on_load: match reader.text("onLoad")?.as_deref() {
                Some("login") => OnLoad::Login,
                Some("check") => OnLoad::Check,
                None | Some("none") => OnLoad::Nothing,
                Some(_) => return Err(invalid("onLoad")),
            },
            shared: match reader.text("storage")?.as_deref() {
                None | Some("shared") => true,
                Some("memory") => false,
                Some(_) => return Err(invalid("storage")),
            },
            locale: reader.text("locale")?,
            extra_parameters: reader.extra_parameters()?,
            request_timeout: reader.timeout("request", 10_000)?,
            navigation_timeout: reader.timeout("navigation", 15_000)?,
            page_origin: page.origin.clone(),
        })
    }

    /// Short name of this issuer and client, the namespace of everything that is stored: two realms on
    /// one origin never meet (C-14, A-52).
    pub fn tag(&self) -> String {
        let digest = sha256([&self.issuer, " ", &self.client_id].concat().as_bytes());
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

fn invalid(option: &str) -> AuthError {
    AuthError::about(ErrorCode::OptionInvalid, option)
}

/// Refuses names nobody knows, and a client secret before anything else: a browser cannot keep one
/// (RFC 9700 section 2.5).
fn known_names(fields: &[(String, Json)]) -> Result<(), AuthError> {
    const KNOWN: [&str; 16] = [
        "interface",
        "authority",
        "realm",
        "clientId",
        "requiredRole",
        "redirectUri",
        "postLogoutRedirectUri",
        "scope",
        "apiOrigins",
        "onLoad",
        "storage",
        "wasmUrl",
        "locale",
        "allowInsecureHttp",
        "extraParameters",
        "timeouts",
    ];
    for (name, _) in fields {
        if matches!(name.as_str(), "clientSecret" | "client_secret" | "secret") {
            return Err(AuthError::about(ErrorCode::ClientSecretRefused, name));
        }
        if !KNOWN.contains(&name.as_str()) {
            return Err(AuthError::about(ErrorCode::OptionUnknown, name));
        }
    }
    Ok(())
}

struct Reader<'a> {
    options: &'a Json,
    page: &'a Url,
    resolve: Resolve<'a>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, AuthError> {
        match self.options.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(invalid(name)),
        }
    }

    fn flag(&self, name: &str) -> Result<bool, AuthError> {
        match self.options.get(name) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(*value),
            Some(_) => Err(invalid(name)),
        }
    }

    /// A realm or client name becomes part of a path or of a claim comparison, so only characters that
    /// need no escaping pass.
    fn name(&self, option: &str) -> Result<Option<String>, AuthError> {
        let name = self.text(option)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
        match &name {
            Some(text) if !text.chars().all(plain) || text.starts_with('.') => Err(invalid(option)),
            _ => Ok(name),
        }
    }

    /// C-01: plain http only on this machine or by the explicit switch.
    fn authority(&self, insecure_allowed: bool) -> Result<String, AuthError> {
        let text = self.text("authority")?.ok_or_else(|| invalid("authority"))?;
        // A relative address would silently mean this page's own server.
        let absolute = text.starts_with("https://") || text.starts_with("http://");
        let url = (self.resolve)(&text)
            .filter(|url| absolute && url.is_web() && !url.has_credentials && !url.has_query && !url.has_fragment);
        let url = url.ok_or_else(|| invalid("authority"))?;
        if url.protocol != "https:" && !url.is_loopback() && !insecure_allowed {
            return Err(AuthError::about(ErrorCode::InsecureAuthority, &url.origin));
        }
        Ok(url.href.trim_end_matches('/').to_owned())
    }

    /// A redirect URI is one exact value on this page's origin, without a fragment (C-15; RFC 6749
    /// section 3.1.2).
    fn own_page(&self, option: &str) -> Result<Option<String>, AuthError> {
        let Some(text) = self.text(option)? else {
            return Ok(None);
        };
        let url = (self.resolve)(&text)
            .filter(|url| url.is_web() && url.origin == self.page.origin && !url.has_credentials && !url.has_fragment);
        // Keycloak takes `*` for a pattern when registered; sent as a value it is always a mistake.
        match url {
            Some(url) if !url.href.contains('*') => Ok(Some(url.href)),
            _ => Err(invalid(option)),
        }
    }

    fn scope(&self) -> Result<String, AuthError> {
        let scope = self.text("scope")?.unwrap_or_else(|| DEFAULT_SCOPE.to_owned());
        match scope.split(' ').any(|word| word == "openid") {
            true => Ok(scope),
            false => Err(invalid("scope")),
        }
    }

    /// C-83: exact origins, no path, no wildcard; plain http only where the page itself is.
    fn origins(&self) -> Result<Vec<String>, AuthError> {
        let list = match self.options.get("apiOrigins") {
            None => return Ok(vec![self.page.origin.clone()]),
            Some(Json::Array(list)) => list,
            Some(_) => return Err(invalid("apiOrigins")),
        };
        let origin = |item: &Json| {
            let text = item.text()?;
            let url = (self.resolve)(text)?;
            let bare = url.origin == text.trim_end_matches('/');
            let safe = url.protocol == "https:" || url.is_loopback() || url.origin == self.page.origin;
            (bare && safe && url.is_web()).then_some(url.origin)
        };
        list.iter().map(|item| origin(item).ok_or_else(|| invalid("apiOrigins"))).collect()
    }

    fn extra_parameters(&self) -> Result<Vec<(String, String)>, AuthError> {
        let fields = match self.options.get("extraParameters") {
            None => return Ok(Vec::new()),
            Some(map) => map.object().ok_or_else(|| invalid("extraParameters"))?,
        };
        fields
            .iter()
            .map(|(name, value)| match value.text() {
                Some(text) if !RESERVED.contains(&name.as_str()) => Ok((name.clone(), text.to_owned())),
                _ => Err(AuthError::about(ErrorCode::OptionInvalid, &["extraParameters.", name].concat())),
            })
            .collect()
    }

    fn timeout(&self, name: &str, default: i64) -> Result<i64, AuthError> {
        let Some(timeouts) = self.options.get("timeouts") else {
            return Ok(default);
        };
        let fields = timeouts.object().ok_or_else(|| invalid("timeouts"))?;
        if fields.iter().any(|(field, _)| field != "request" && field != "navigation") {
            return Err(invalid("timeouts"));
        }
        match timeouts.get(name) {
            None => Ok(default),
            Some(value) => match value.number() {
                Some(ms) if (100..=120_000).contains(&ms) => Ok(ms),
                _ => Err(AuthError::about(ErrorCode::OptionInvalid, &["timeouts.", name].concat())),
            },
        }
    }
}
