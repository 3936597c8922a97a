//! The refresh lock where the browser has no locks: a note in the store (`protocol/lease.rs`).

use wasm_bindgen::JsValue;

use super::Client;
use crate::browser::{clock, crypto, lease, web};
use crate::protocol::encoding::base64url;
use crate::protocol::lease::take;

/// What the holder does besides its requests, for tokens and for keys, which have deadlines of their own, ms.
const STORING: i64 = 15_000;

impl Client {
    /// Tells how to begin; [`Client::lease`] follows.
    pub(super) fn begin_lease(&self, scope: &JsValue) -> Vec<&'static str> {
        web::set_text(scope, "name", &self.store.name("refresh"));
        let mut recipes = self.store.open(scope);
        recipes.push(lease::LOOK);
        recipes
    }

    /// Looks at what was found, and tells what is next, until the note is ours.
    pub(super) fn lease(&self, scope: &JsValue) -> Option<&'static str> {
        if web::get(scope, "lock").is_object() {
            return None;
        }
        let Some(found) = lease::found(scope) else {
            // Nothing is shared where nothing can be stored.
            web::run(scope, "lock = promise");
            return None;
        };
        let holder = crypto::entropy().map(|bytes| base64url(bytes.as_slice())).unwrap_or_default();
        let ms = self.session().config().request_timeout * 2 + STORING;
        let Some(note) = take(&found, &holder, ms, clock::now().wall) else { return Some(lease::WAIT) };
        web::set_text(scope, "note", &note);
        Some(lease::TAKE)
    }
}
