//! The two clocks of a page, and when its origin was last used.

use wasm_bindgen::prelude::*;

use super::web;
use crate::protocol::session::Now;
use crate::protocol::text::number;

const USED: &str = r#"wall = Date.now []
    _ = localStorage.setItem ["otrs-auth-used","@wall"]"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    fn performance_now() -> Result<JsValue, JsValue>;
}

/// Reads both.
pub fn now() -> Now {
    let wall = js_sys::Date::now() as i64;
    // Tests of front ends put clocks of their own there.
    let monotonic = performance_now().unwrap_or(JsValue::UNDEFINED).as_f64();
    Now { wall, monotonic: monotonic.map_or(wall, |ms| ms as i64) }
}

/// When somebody last used a page of this origin, by the clock on the wall; 0 if that is not known.
pub fn last_use() -> i64 {
    // A point in the name would be taken for one in a path.
    number(&web::text(&web::of_window("localStorage"), "otrs-auth-used")).unwrap_or_default()
}

/// Notes that somebody uses one now, for all tabs and sessions.
pub fn used() {
    web::run(&web::scope(), USED);
}

/// The time in a `Date` header, ms since 1970.
pub fn parse_date(text: &str) -> Option<i64> {
    let ms = js_sys::Date::parse(text);
    ms.is_finite().then_some(ms as i64)
}
