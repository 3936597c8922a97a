//! The address bar and the browser's URL parser.

use super::web;
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
    })
}

/// This page's address; empty where there is no page.
pub fn href() -> String {
    web::of_window("location.href").as_string().unwrap_or_default()
}

/// Whether a page of another origin is around this one, however far out: its address cannot be read.
pub fn is_framed() -> bool {
    let mut page = web::of_window("self");
    loop {
        let around = web::get(&page, "parent");
        if around == page {
            return false;
        }
        if web::text(&around, "location.href").is_empty() {
            return true;
        }
        page = around;
    }
}

/// Leaves for another address; a [lock](super::lock), if there is one, ends after `ms` where the page does not. What is
/// no function must not get into `setTimeout`: a text there is code, which policies forbid.
pub const LEAVE: &str = r#"_ = @held ? setTimeout ["@held.resolve","@ms"]
    _ = location.assign ["@url"]"#;
/// Leaves for another address and leaves no entry in the history.
pub const REPLACE: &str = r#"_ = location.replace ["@url"]"#;
/// Shows another address for this page.
pub const REWRITE: &str = r#"state = history.state
    _ = history.replaceState ["@state","","@url"]"#;

/// Opens a connection to the server of an address, for a page: requests of scripts have others, without cookies.
pub const CONNECT: &str = r#"link = document.createElement ["link"]
    _ = Object.assign ["@link",{"rel":"preconnect","href":"@url"}]
    _ = @link ? document.head.append ["@link"]
    _ = @link.remove []"#;

/// Does one of these with an address.
pub fn go(url: &str, how: &'static str) {
    let scope = web::scope();
    web::set_text(&scope, "url", url);
    web::run(&scope, how);
}
