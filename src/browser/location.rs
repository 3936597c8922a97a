//! The address bar and the browser's URL parser.

use super::web::{self, Arg};
use crate::protocol::url::Url;

/// Parses an address, relative ones against the page.
pub fn parse(text: &str) -> Option<Url> {
    let url = web_sys::Url::new_with_base(text, &href()).ok()?;
    let part = |name: &str| web::text(&url, name);
    Some(Url {
        href: part("href"),
        origin: part("origin"),
        protocol: part("protocol"),
        hostname: part("hostname"),
        has_credentials: !part("username").is_empty() || !part("password").is_empty(),
        has_query: !part("search").is_empty(),
        has_fragment: !part("hash").is_empty(),
    })
}

/// This page's address; empty where there is no page.
pub fn href() -> String {
    web::text(&web::of_window("location"), "href")
}

/// Leaves for another address: `assign`, or `replace` to leave no entry in the history.
pub fn leave(how: &str, url: &str) {
    web::call(&web::of_window("location"), how, "[null]", &[Arg::Text(url)]);
}

/// Shows another address for this page.
pub fn rewrite(url: &str) {
    let state = web::of_window("history.state");
    web::call_window("history.replaceState", r#"[null,"",null]"#, &[Arg::Value(&state), Arg::Text(url)]);
}
