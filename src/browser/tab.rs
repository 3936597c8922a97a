//! What one tab remembers over its page loads: `sessionStorage`.

use wasm_bindgen::JsCast;
use web_sys::Storage;

use super::web;

/// Where there is none, its methods fail, too.
fn storage() -> Storage {
    web::of_window("sessionStorage").unchecked_into()
}

/// The text under a name.
pub fn read(name: &str) -> Option<String> {
    storage().get_item(name).ok()?
}

/// Keeps a text. Answers whether it is really kept.
pub fn write(name: &str, text: &str) -> bool {
    storage().set_item(name, text).is_ok()
}

/// Takes a text out.
pub fn take(name: &str) -> Option<String> {
    let text = read(name)?;
    storage().remove_item(name).ok()?;
    Some(text)
}
