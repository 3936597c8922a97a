//! What is kept between page loads: the record sealed in the database, attempts and keys beside it.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::browser::database::{self, Database};
use crate::browser::{cookie, seal, tab};
use crate::protocol::encoding::base64url;

/// The store of one namespace.
pub struct Store {
    prefix: String,
    database: RefCell<Option<Database>>,
}

/// What reading the record came to.
pub enum Read {
    /// The record.
    Text(String),
    /// There is none, or none that this browser session can open.
    Nothing,
    /// There is no place to keep one.
    NoStore,
}

impl Store {
    /// The store of the namespace `tag`.
    pub fn new(tag: &str) -> Self {
        Store {
            prefix: ["otrs-auth.", tag, "."].concat(),
            database: RefCell::new(None),
        }
    }

    /// A name in this namespace.
    pub fn name(&self, what: &str) -> String {
        [&self.prefix, what].concat()
    }

    async fn database(&self) -> Option<Database> {
        let known = self.database.borrow().clone();
        if known.is_some() {
            return known;
        }
        let opened = database::open().await;
        self.database.borrow_mut().clone_from(&opened);
        opened
    }

    /// Reads the record.
    pub async fn read_record(&self) -> Read {
        let Some(database) = self.database().await else {
            return Read::NoStore;
        };
        let name = self.name("session");
        let Some(stored) = database.get(&name).await else {
            return Read::NoStore;
        };
        if stored.is_undefined() {
            return Read::Nothing;
        }
        let text = match cookie::read(&name) {
            Some(half) => seal::unseal(&stored, &half).await,
            None => None,
        };
        match text {
            Some(text) => Read::Text(text),
            None => {
                // Of another browser session, or not ours: it can never be read again.
                database.remove(&name).await;
                Read::Nothing
            }
        }
    }

    /// Stores the record; answers whether other tabs and page loads can read it.
    pub async fn save_record(&self, text: &str) -> bool {
        let name = self.name("session");
        let Some(half) = self.half(&name) else {
            return false;
        };
        let Some(database) = self.database().await else {
            return false;
        };
        match seal::seal(text, &half).await {
            Some(sealed) => database.put(&name, &sealed).await,
            None => false,
        }
    }

    /// The cookie's half of the key; a new one if this browser session has none yet.
    fn half(&self, name: &str) -> Option<String> {
        if let Some(half) = cookie::read(name).filter(|half| half.len() == 43) {
            return Some(half);
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        cookie::write(name, &base64url(&bytes));
        cookie::read(name)
    }

    /// Removes the record.
    pub async fn remove_record(&self) -> bool {
        match self.database().await {
            Some(database) => database.remove(&self.name("session")).await,
            None => false,
        }
    }

    /// Keeps an attempt under its state; in this tab if there is no database.
    pub async fn save_attempt(&self, state: &str, text: &str) -> bool {
        match self.database().await {
            Some(database) if database.put(state, &text.into()).await => true,
            _ => tab::write(state, text),
        }
    }

    /// Takes an attempt out, once.
    pub async fn take_attempt(&self, state: &str) -> Option<String> {
        if let Some(text) = tab::take(state) {
            return Some(text);
        }
        self.database().await?.take(state).await?.as_string()
    }

    /// Reads the cached key set.
    pub async fn read_keys(&self) -> Option<String> {
        self.database()
            .await?
            .get(&self.name("keys"))
            .await?
            .as_string()
    }

    /// Caches a key set.
    pub async fn save_keys(&self, text: &str) {
        if let Some(database) = self.database().await {
            database
                .put(&self.name("keys"), &JsValue::from_str(text))
                .await;
        }
    }
}
