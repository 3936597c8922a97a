//! The two clocks of a page.

use crate::protocol::session::Now;

/// Reads both.
pub fn now() -> Now {
    let wall = js_sys::Date::now() as i64;
    let monotonic = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(wall, |clock| clock.now() as i64);
    Now { wall, monotonic }
}

/// The time in a `Date` header, ms since 1970.
pub fn parse_date(text: &str) -> Option<i64> {
    let ms = js_sys::Date::parse(text);
    ms.is_finite().then_some(ms as i64)
}
