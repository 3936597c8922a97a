//! One session cookie per namespace. It holds no token: it is the half of the sealing key that goes
//! when the browser is closed, as Keycloak's own session cookie does.

use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

fn document() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

/// The value of a cookie.
pub fn read(name: &str) -> Option<String> {
    let cookies = document()?.cookie().ok()?;
    let prefix = [name, "="].concat();
    cookies
        .split("; ")
        .find_map(|cookie| cookie.strip_prefix(&prefix))
        .map(str::to_owned)
}

/// Sets a cookie for this browser session. Whether it was taken, [`read`] tells.
pub fn write(name: &str, value: &str) {
    let Some(document) = document() else { return };
    let secure = match web_sys::window().and_then(|window| window.location().protocol().ok()) {
        Some(protocol) if protocol == "https:" => "; Secure",
        _ => "",
    };
    let _ = document.set_cookie(&[name, "=", value, "; Path=/; SameSite=Strict", secure].concat());
}
