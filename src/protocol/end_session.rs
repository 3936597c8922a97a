//! Ending the session at Keycloak: OpenID Connect RP-Initiated Logout 1.0 section 2.

use super::Config;
use super::encoding::push_form;
use super::options::{Kind, Table};

/// The options of `session.logout`.
pub const TABLE: &Table = &[("returnTo", Kind::Text), ("switchUser", Kind::Flag)];

/// The address that ends the session. With the hint Keycloak asks no question; the hint may be expired
/// (RP-Initiated Logout section 4).
pub fn url(config: &Config, id_token_hint: &str, return_to: &str, state: &str) -> String {
    let mut query = String::new();
    push_form(&mut query, "client_id", &config.client_id);
    push_form(&mut query, "post_logout_redirect_uri", return_to);
    push_form(&mut query, "state", state);
    push_form(&mut query, "id_token_hint", id_token_hint);
    [&config.endpoint("logout"), "?", &query].concat()
}
