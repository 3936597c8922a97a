//! A note in the database that stands in for a lock.

use wasm_bindgen::JsValue;

use super::web;

/// Looks for the note `name`; the transaction goes on.
macro_rules! look {
    () => {
        r#"transaction = @database.transaction ["records","readwrite"]
    store = @transaction.objectStore ["records"]
    request = @store.get ["@name"]
    _ = @request ? await @request"#
    };
}

/// Looks for it.
pub const LOOK: &str = look!();

/// Writes it, in the same transaction.
pub const TAKE: &str = r#"request = @store.put ["@note","@name"]
    _ = @request ? await @request
    lock = promise"#;

/// Looks again a little later.
pub const WAIT: &str = concat!(
    r#"pause = promise
    _ = setTimeout ["@pause.resolve",100]
    _ = await @pause.promise
    "#,
    look!()
);

/// Removes it, unless it ran out and is another's by now.
const GIVE_BACK: &str = concat!(
    look!(),
    r#"
    same = Object.is ["@request.result","@note"]
    request = @same ? @store.delete ["@name"]
    _ = @request ? await @request"#
);

/// What was found; `None` where nothing can be stored.
pub fn found(scope: &JsValue) -> Option<String> {
    web::get(scope, "request.error").is_null().then(|| web::text(scope, "request.result"))
}

/// Gives a note back, if the scope has one.
pub fn give_back(scope: &JsValue) {
    if web::get(scope, "note").is_truthy() {
        web::work(scope, vec![GIVE_BACK], Box::new(|_| None));
    }
}
