//! One IndexedDB object store with names as keys. Databases are values of JavaScript; `undefined` is none.

use wasm_bindgen::JsValue;

use super::wait::Wait;
use super::web::{self, Arg};
use crate::protocol::session::Access;

/// Waits until something happens to a request; not at all if there is none.
fn event(request: &JsValue) -> Wait {
    let (happened, heard) = web::promise();
    for name in ["onsuccess", "onerror", "onupgradeneeded"] {
        web::set(request, name, &heard);
    }
    web::done(if request.is_object() { happened } else { JsValue::UNDEFINED })
}

/// The result of a request that succeeded. One that was not even made has no error, not even a `null`.
fn result(request: &JsValue) -> Option<JsValue> {
    web::get(request, "error").is_null().then(|| web::get(request, "result"))
}

/// Opens the database; `undefined` where the browser or its settings forbid it.
pub async fn open() -> JsValue {
    let request = web::call_window("indexedDB.open", r#"["otrs-auth",1]"#, &[]);
    event(&request).await;
    if web::get(&request, "transaction").is_object() {
        // The upgrade: its transaction is active until the microtasks after its event are done, so now.
        web::call(&request, "result.createObjectStore", r#"["records"]"#, &[]);
        event(&request).await;
    }
    result(&request).unwrap_or(JsValue::UNDEFINED)
}

/// Does one thing in a transaction of its own. Gives what was stored under the name (`undefined` if there
/// was none, and after [`Access::Remove`]), or `None` if the browser refused. `value` is what is saved.
pub async fn access(database: &JsValue, name: &str, access: &Access, value: &JsValue) -> Option<JsValue> {
    let mode = if matches!(access, Access::Read) { "readonly" } else { "readwrite" };
    let transaction = web::call(database, "transaction", r#"["records",null]"#, &[Arg::Text(mode)]);
    let store = web::call(&transaction, "objectStore", r#"["records"]"#, &[]);
    let mut step = "delete";
    let mut names = JsValue::from_str(name);
    match access {
        Access::Read | Access::Take => step = "get",
        Access::Save(_) => step = "put",
        Access::Remove => {}
        Access::RemoveUpTo(last) => {
            names = web::call_window("IDBKeyRange.bound", "[null,null]", &[Arg::Text(name), Arg::Text(last)]);
        }
    }
    let request = match step {
        "put" => web::call(&store, step, "[null,null]", &[Arg::Value(value), Arg::Text(name)]),
        _ => web::call(&store, step, "[null]", &[Arg::Value(&names)]),
    };
    if matches!(access, Access::Take) {
        // Requests of one transaction are carried out in order.
        web::call(&store, "delete", "[null]", &[Arg::Text(name)]);
    }
    event(&request).await;
    result(&request)
}
