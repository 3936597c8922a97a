//! What is kept between page loads: the record sealed in the database, attempts and keys beside it.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::browser::database::{self, Database};
use crate::browser::{cookie, seal, tab};
use crate::protocol::encoding::base64url;
use crate::protocol::session::{Access, Outcome, Place};

/// The store of one namespace.
pub struct Store {
    prefix: String,
    database: RefCell<Option<Database>>,
}

impl Store {
    /// The store of the namespace `tag`.
    pub fn new(tag: &str) -> Self {
        Store { prefix: ["otrs-auth.", tag, "."].concat(), database: RefCell::new(None) }
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

    /// Does what the state machine asks for.
    pub async fn access(&self, place: Place, access: Access) -> Outcome {
        let name = match &place {
            Place::Record => self.name("session"),
            Place::Keys => self.name("keys"),
            Place::Attempt(state) => state.clone(),
        };
        let Some(database) = self.database().await else {
            return in_tab(place, &name, access);
        };
        let sealed = place == Place::Record;
        let reading = matches!(access, Access::Read | Access::Take);
        let half = if sealed { self.half(&name) } else { String::new() };
        let value = match &access {
            Access::Save(text) if sealed => seal::seal(text, &half).await,
            Access::Save(text) => text.into(),
            _ => JsValue::UNDEFINED,
        };
        let step = match &access {
            Access::Read => database::Access::Get,
            Access::Take => database::Access::Take,
            Access::Remove => database::Access::Remove,
            Access::RemoveUpTo(last) => database::Access::RemoveUpTo(last),
            // What could not be sealed is not stored.
            Access::Save(_) if value.is_undefined() || sealed && half.is_empty() => return Outcome::NoStore,
            Access::Save(_) => database::Access::Put(&value),
        };
        match database.access(&name, step).await {
            None => Outcome::NoStore,
            Some(stored) if reading => {
                let text = if sealed { seal::unseal(&stored, &half).await } else { stored.as_string() };
                Outcome::Read(place, text)
            }
            Some(_) => Outcome::Stored(true),
        }
    }

    /// The cookie's half of the key; a new one if this browser session has none yet. Empty if it cannot have one.
    fn half(&self, name: &str) -> String {
        let mut bytes = [0; 32];
        if cookie::read(name).len() != 43 && getrandom::fill(&mut bytes).is_ok() {
            cookie::write(name, &base64url(&bytes));
        }
        cookie::read(name)
    }
}

/// Without a database an attempt still survives the way to Keycloak and back, in its own tab; a record would
/// lie there unsealed, so it is not kept at all.
fn in_tab(place: Place, name: &str, access: Access) -> Outcome {
    match (place, access) {
        (Place::Attempt(_), Access::Save(text)) => Outcome::Stored(tab::write(name, &text)),
        (place @ Place::Attempt(_), _) => Outcome::Read(place, tab::take(name)),
        (place @ Place::Keys, Access::Read) => Outcome::Read(place, None),
        _ => Outcome::NoStore,
    }
}
