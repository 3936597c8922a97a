//! The two clocks of a page.

use super::web;
use crate::protocol::session::Now;

/// Reads both.
pub fn now() -> Now {
    let wall = js_sys::Date::now() as i64;
    let scope = web::scope();
    web::run(&scope, "now = performance.now []");
    let monotonic = web::get(&scope, "now").as_f64();
    Now { wall, monotonic: monotonic.map_or(wall, |ms| ms as i64) }
}

/// The time in a `Date` header, ms since 1970.
pub fn parse_date(text: &str) -> Option<i64> {
    let ms = js_sys::Date::parse(text);
    ms.is_finite().then_some(ms as i64)
}
