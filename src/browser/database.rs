//! IndexedDB as a small cupboard: one database, one store, values under names.

use wasm_bindgen::JsValue;

use super::web::{self, Arg};

const STORE: &str = "records";

/// An open database.
#[derive(Clone)]
pub struct Database(JsValue);

/// What to do with a value.
pub enum Access<'a> {
    /// Read it.
    Get,
    /// Put it there.
    Put(&'a JsValue),
    /// Read and remove it. Of several tabs that try, one gets it: both steps are one transaction.
    Take,
    /// Remove it.
    Remove,
    /// Remove it and all up to this name.
    RemoveUpTo(&'a str),
}

/// Waits until something happens to a request.
async fn event(request: &JsValue) {
    let (happened, heard) = web::promise();
    for name in ["onsuccess", "onerror", "onupgradeneeded"] {
        web::set(request, name, Arg::Value(&heard));
    }
    if request.is_object() {
        web::done(happened).await;
    }
}

/// The result of a request that succeeded. One that was not even made has no error, not even a `null`.
fn result(request: &JsValue) -> Option<JsValue> {
    web::get(request, "error").is_null().then(|| web::get(request, "result"))
}

/// Opens the database; `None` where the browser or its settings forbid it.
pub async fn open() -> Option<Database> {
    let request = web::call(&web::of_window("indexedDB"), "open", &[Arg::Text("otrs-auth"), Arg::Json("1")]);
    event(&request).await;
    if web::get(&request, "transaction").is_object() {
        // The upgrade: its transaction is active until the microtasks after its event are done, so now.
        web::call(&web::get(&request, "result"), "createObjectStore", &[Arg::Text(STORE)]);
        event(&request).await;
    }
    result(&request).map(Database)
}

impl Database {
    /// Reads or changes the value under a name. The answer is the value that was there (`undefined` if there
    /// was none, and after [`Access::Remove`]), or `None` if the browser refused.
    pub async fn access(&self, name: &str, access: Access<'_>) -> Option<JsValue> {
        let mode = if matches!(access, Access::Get) { "readonly" } else { "readwrite" };
        let transaction = web::call(&self.0, "transaction", &[Arg::Text(STORE), Arg::Text(mode)]);
        let store = web::call(&transaction, "objectStore", &[Arg::Text(STORE)]);
        let key = Arg::Text(name);
        let take = matches!(access, Access::Take);
        let request = match access {
            Access::Get | Access::Take => web::call(&store, "get", &[key]),
            Access::Put(value) => web::call(&store, "put", &[Arg::Value(value), key]),
            Access::Remove => web::call(&store, "delete", &[key]),
            Access::RemoveUpTo(last) => {
                let range = web::call(&web::of_window("IDBKeyRange"), "bound", &[key, Arg::Text(last)]);
                web::call(&store, "delete", &[Arg::Value(&range)])
            }
        };
        if take {
            // Requests of one transaction are carried out in order.
            web::call(&store, "delete", &[Arg::Text(name)]);
        }
        event(&request).await;
        result(&request)
    }
}
