//! One IndexedDB object store with names as keys.

use wasm_bindgen::JsValue;

use super::web;
use crate::protocol::session::Access;

/// Opens the `database`; `undefined` where the browser or its settings forbid it. When it has to be made, its
/// transaction is active until the microtasks after its event are done, so the store is made right there.
pub const OPEN: &str = r#"request = indexedDB.open ["otrs-auth",1]
    _ = @request ? await @request
    upgrade = @request.transaction
    _ = @upgrade ? @request.result.createObjectStore ["records"]
    _ = @upgrade ? await @request
    database = @request.result"#;

const BEGIN: &str = r#"transaction = @database.transaction ["records","@mode"]
    store = @transaction.objectStore ["records"]"#;
const READ: &str = r#"request = @store.get ["@name"]"#;
/// What could not be made is not saved.
const SAVE: &str = r#"request = @value ? @store.put ["@value","@name"]"#;
/// Makes the `value` of a text that a key goes with. Without the key it is not saved.
#[cfg(feature = "full")]
pub const TEXT_WITH_PRIVATE: &str = r#"value = @private ? Object.assign [{"text":"@value","private":"@private"}]"#;
/// The transaction is active until the microtasks after an event are done, so nothing comes between.
const RENEW: &str = r#"request = @store.get ["@name"]
    _ = @request ? await @request
    looked = @request.error
    same = Object.is ["@mark","@request.result.mark"]
    value = @same ? @value
    request = @value ? @store.put ["@value","@name"]"#;
/// Requests of one transaction are carried out in order.
const TAKE: &str = r#"request = @store.get ["@name"]
    _ = @store.delete ["@name"]"#;
const REMOVE: &str = r#"request = @store.delete ["@name"]"#;
const REMOVE_UP_TO: &str = r#"range = IDBKeyRange.bound ["@name","@last"]
    request = @store.delete ["@range"]"#;
const END: &str = "_ = @request ? await @request
    result = @request.result";

/// Does one thing in a transaction of its own. The scope's `database` is open, `value` is what is saved.
pub fn access(scope: &JsValue, name: &str, access: &Access) -> [&'static str; 3] {
    web::set_text(scope, "name", name);
    let (mode, step) = match access {
        Access::Read => ("readonly", READ),
        Access::Save(_) => ("readwrite", SAVE),
        Access::Renew(_) => ("readwrite", RENEW),
        Access::Take => ("readwrite", TAKE),
        Access::Remove => ("readwrite", REMOVE),
        Access::RemoveUpTo(last) => {
            web::set_text(scope, "last", last);
            ("readwrite", REMOVE_UP_TO)
        }
    };
    web::set_text(scope, "mode", mode);
    [BEGIN, step, END]
}

/// Whether [`Access::Renew`] found nothing to take the place of.
pub fn is_gone(scope: &JsValue) -> bool {
    web::get(scope, "looked").is_null() && web::get(scope, "same").is_falsy()
}

/// Whether it was done. The scope's `result` is then what was stored under the name, `undefined` if there was none.
/// A request that was not even made has no error, not even a `null`.
pub fn is_done(scope: &JsValue) -> bool {
    web::get(scope, "request.error").is_null()
}
