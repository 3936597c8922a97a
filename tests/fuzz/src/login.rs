//! One login: its page, its options, what was stored for it, and the tokens that were issued for it.
//!
//! The tokens are signed with the published key of RFC 7515 appendix A.2 (`protocol/rsa/test_key.rs`). Nobody
//! here can sign, so whatever else passes for signed is a forgery.

use std::sync::LazyLock;

use otrs_auth::protocol::attempt::{Attempt, Entropy};
use otrs_auth::protocol::config::Config;
use otrs_auth::protocol::http::Answer;
use otrs_auth::protocol::json;
use otrs_auth::protocol::session::{Now, Session};
use otrs_auth::protocol::url::Url;

pub const ISSUER: &str = "https://iam.example.com/realms/otrs-agents";
pub const CLIENT: &str = "otrs-app";
pub const ORIGIN: &str = "https://desk.example.com";
pub const PAGE: &str = "https://desk.example.com/agent/";

/// The moment of all that happens, s.
pub const SECOND: i64 = 1_764_000_000;
pub const NOW: Now = Now { wall: SECOND * 1000, monotonic: 1_000 };

/// Of the login under way.
pub const STATE: &str = "otrs-auth.2tX7WdRF.1764000000000.LoginLoginLoginLoginLoginLoginLoginLoginLog";
/// Of a silent login.
pub const SILENT_STATE: &str = "otrs-auth.2tX7WdRF.1764000000000.SilentSilentSilentSilentSilentSilentSilentS";
/// Of a log-out.
pub const LOGOUT_STATE: &str = "otrs-auth.2tX7WdRF.1764000000000.LogoutLogoutLogoutLogoutLogoutLogoutLogoutL";
pub const NONCE: &str = "the-nonce";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The access token, and the ID tokens that vouch for it: of the login, of a refresh.
pub const ACCESS: &str = include_str!("../tokens/access");
pub const LOGIN_TOKEN: &str = include_str!("../tokens/login");
pub const REFRESH_TOKEN: &str = include_str!("../tokens/refresh");
/// Signed by the same key for another client.
pub const OTHER_TOKEN: &str = include_str!("../tokens/other_client");
/// Every signature that exists.
pub const SIGNED: [&str; 3] = [LOGIN_TOKEN, REFRESH_TOKEN, OTHER_TOKEN];

/// The realm's keys: the signer `key-1`, another RSA key and one of P-256.
pub const KEYS: &str = include_str!("../tokens/keys.json");

/// The parser of the WHATWG's specification, as in the browser, with this page as base.
pub fn resolve(text: &str) -> Option<Url> {
    static BASE: LazyLock<Option<url::Url>> = LazyLock::new(|| url::Url::parse(PAGE).ok());
    let url = BASE.as_ref()?.join(text).ok()?;
    Some(Url {
        origin: url.origin().ascii_serialization(),
        protocol: format!("{}:", url.scheme()),
        hostname: url.host_str().unwrap_or_default().to_owned(),
        has_credentials: !url.username().is_empty() || url.password().is_some_and(|word| !word.is_empty()),
        href: url.into(),
    })
}

/// The options, with some more of them.
pub fn config(more: &str) -> Config {
    let options = format!(r#"{{"authority":"https://iam.example.com"{more}}}"#);
    let options = json::parse(options.as_bytes()).expect("JSON");
    let page = resolve(PAGE).expect("an address");
    Config::read(&options, &page, &resolve).expect("options")
}

/// A session of these options that has not started.
pub fn session(more: &str) -> Session {
    Session::new(config(more), Box::new(resolve))
}

/// What is stored under a state. The states are shorter than real ones, so that they are found sooner.
pub fn attempt(state: &str) -> Option<String> {
    let attempt = Attempt::new(&config(""), PAGE, NOW.wall - 5_000);
    let login = |silent| attempt.clone().with("verifier", VERIFIER).with("nonce", NONCE).with("silent", silent);
    match state {
        STATE => Some(login("0").to_text()),
        SILENT_STATE => Some(login("1").to_text()),
        LOGOUT_STATE => Some(attempt.with("switch_user", "").to_text()),
        _ => None,
    }
}

pub fn entropy() -> Option<Box<Entropy>> {
    Some(Box::new(Entropy([7; 96])))
}

/// An answer of Keycloak's with this body.
pub fn answer(status: u16, body: &[u8]) -> Answer {
    Answer { status, content_type: Some("application/json".to_owned()), date: None, body: body.to_vec() }
}
