//! IndexedDB as a small cupboard: one database, one store, values under names.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{
    IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode,
};

use super::member;
use super::promise::{Settled, within};

const DATABASE: &str = "otrs-auth";
const STORE: &str = "records";
/// Some browsers have never answered an open request; this many ms are enough for those that do.
const DEADLINE: i64 = 3_000;

/// An open database.
#[derive(Clone)]
pub struct Database(IdbDatabase);

/// Waits until a request is done and takes its result.
async fn result(request: &IdbRequest) -> Option<JsValue> {
    let done = Promise::new(&mut |resolve, _| {
        let callback: js_sys::Function = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        })
        .unchecked_into();
        request.set_onsuccess(Some(&callback));
        request.set_onerror(Some(&callback));
    });
    match within(done, DEADLINE).await {
        Settled::Value(_) => request.result().ok(),
        Settled::Error | Settled::Late => None,
    }
}

/// Opens the database; `None` where the browser or its settings forbid it.
pub async fn open() -> Option<Database> {
    let factory: IdbFactory = member(web_sys::window()?.as_ref(), "indexedDB")
        .dyn_into()
        .ok()?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1).ok()?;
    let opened = request.clone();
    let upgrade = Closure::once_into_js(move || {
        if let Some(database) = opened
            .result()
            .ok()
            .and_then(|value| value.dyn_into::<IdbDatabase>().ok())
        {
            let _ = database.create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    let database: IdbDatabase = result(&request).await?.dyn_into().ok()?;
    Some(Database(database))
}

impl Database {
    fn store(&self, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        self.0
            .transaction_with_str_and_mode(STORE, mode)
            .ok()?
            .object_store(STORE)
            .ok()
    }

    /// The value under a name: `undefined` if there is none, `None` if it cannot be read.
    pub async fn get(&self, name: &str) -> Option<JsValue> {
        let request = self
            .store(IdbTransactionMode::Readonly)?
            .get(&name.into())
            .ok()?;
        result(&request).await
    }

    /// Puts a value; answers whether it is there.
    pub async fn put(&self, name: &str, value: &JsValue) -> bool {
        let request = self
            .store(IdbTransactionMode::Readwrite)
            .and_then(|store| store.put_with_key(value, &name.into()).ok());
        match request {
            Some(request) => result(&request).await.is_some(),
            None => false,
        }
    }

    /// Removes a value; answers whether it is gone.
    pub async fn remove(&self, name: &str) -> bool {
        let request = self
            .store(IdbTransactionMode::Readwrite)
            .and_then(|store| store.delete(&name.into()).ok());
        match request {
            Some(request) => result(&request).await.is_some(),
            None => false,
        }
    }

    /// Takes a value out. Of several tabs that try, one gets it: both steps are one transaction.
    pub async fn take(&self, name: &str) -> Option<JsValue> {
        let store = self.store(IdbTransactionMode::Readwrite)?;
        let read = store.get(&name.into()).ok()?;
        let remove = store.delete(&name.into()).ok()?;
        // Requests of one transaction are carried out in order, so the first is done when the second is.
        result(&remove).await?;
        read.result().ok().filter(|value| !value.is_undefined())
    }
}
