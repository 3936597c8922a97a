//! One session cookie per namespace. It holds no token: it is the half of the sealing key that goes
//! when the browser is closed, as Keycloak's own session cookie does.

use super::{location, web};
use crate::protocol::text::cut;

/// The value of a cookie; empty if there is none.
pub fn read(name: &str) -> String {
    let cookies = web::of_window("document.cookie").as_string().unwrap_or_default();
    let mut rest = Some(cookies.as_str());
    while let Some(cookies) = rest {
        let (cookie, after) = cut(cookies, b';');
        let (own, value) = cut(cookie.trim_ascii(), b'=');
        if own == name {
            return value.unwrap_or_default().to_owned();
        }
        rest = after;
    }
    String::new()
}

/// Sets a cookie for this browser session. Whether it was taken, [`read`] tells.
pub fn write(name: &str, value: &str) {
    let https = location::href().starts_with("https:");
    let secure = if https { "; Secure" } else { "" };
    let cookie = [name, "=", value, "; Path=/; SameSite=Strict", secure].concat();
    web::set_text(&web::of_window("document"), "cookie", &cookie);
}
