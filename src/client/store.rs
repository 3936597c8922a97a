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
        let value = match &access {
            Access::Save(text) if sealed => match self.half(&name) {
                Some(half) => seal::seal(text, &half).await,
                None => None,
            },
            Access::Save(text) => Some(text.into()),
            _ => Some(JsValue::UNDEFINED),
        };
        let Some(value) = value else { return Outcome::NoStore };
        let step = match access {
            Access::Read => database::Access::Get,
            Access::Take => database::Access::Take,
            Access::Remove => database::Access::Remove,
            Access::RemoveUpTo(ref last) => database::Access::RemoveUpTo(last),
            Access::Save(_) => database::Access::Put(&value),
        };
        let stored = database.access(&name, step).await;
        match (access, stored) {
            (Access::Read | Access::Take, Some(stored)) => {
                let text = match (sealed, cookie::read(&name)) {
                    (false, _) => stored.as_string(),
                    (true, Some(half)) => seal::unseal(&stored, &half).await,
                    (true, None) => None,
                };
                Outcome::Read(place, text)
            }
            (_, Some(_)) => Outcome::Stored(true),
            (_, None) => Outcome::NoStore,
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
