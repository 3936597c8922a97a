//! What one tab remembers over its page loads: `sessionStorage`.

use web_sys::Storage;

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// The text under a name.
pub fn read(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

/// Keeps a text. Answers whether it is really kept.
pub fn write(name: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(name, text).is_ok())
}

/// Takes a text out.
pub fn take(name: &str) -> Option<String> {
    let text = read(name)?;
    storage()?.remove_item(name).ok()?;
    Some(text)
}
