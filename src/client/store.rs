//! What is kept between page loads: the record sealed in the database, attempts and keys beside it.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::browser::{cookie, database, seal, tab};
use crate::protocol::encoding::base64url;
use crate::protocol::session::{Access, Outcome, Place};

/// The store of one namespace.
pub struct Store {
    prefix: String,
    /// `undefined` until it is opened.
    database: RefCell<JsValue>,
}

impl Store {
    /// The store of the namespace `tag`.
    pub fn new(tag: &str) -> Self {
        Store { prefix: ["otrs-auth.", tag, "."].concat(), database: RefCell::default() }
    }

    /// A name in this namespace.
    pub fn name(&self, what: &str) -> String {
        [&self.prefix, what].concat()
    }

    /// Does what the state machine asks for.
    pub async fn access(&self, place: Place, access: Access) -> Outcome {
        let name = match &place {
            Place::Record => self.name("session"),
            Place::Keys => self.name("keys"),
            Place::Attempt(state) => state.clone(),
        };
        if self.database.borrow().is_undefined() {
            let opened = database::open().await;
            *self.database.borrow_mut() = opened;
        }
        let database = self.database.borrow().clone();
        if database.is_undefined() {
            return in_tab(place, &name, access);
        }
        let sealed = place == Place::Record;
        let half = if sealed { self.half(&name) } else { String::new() };
        let mut value = JsValue::UNDEFINED;
        if let Access::Save(text) = &access {
            value = if sealed { seal::seal(text, &half).await } else { text.into() };
            // What could not be sealed is not stored.
            if value.is_undefined() || sealed && half.is_empty() {
                return Outcome::NoStore;
            }
        }
        let Some(stored) = database::access(&database, &name, &access, &value).await else {
            return in_tab(place, &name, access);
        };
        if !matches!(access, Access::Read | Access::Take) {
            return Outcome::Stored(true);
        }
        let text = if sealed { seal::unseal(&stored, &half).await } else { stored.as_string() };
        Outcome::Read(place, text)
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
