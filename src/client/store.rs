//! What is kept between page loads: the record sealed in the database, attempts and keys beside it.

#[cfg(feature = "full")]
use std::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::browser::{cookie, database, seal, tab, web};
use crate::protocol::encoding::base64url;
#[cfg(feature = "full")]
use crate::protocol::fields::Fields;
use crate::protocol::record::Record;
use crate::protocol::session::{Access, Outcome, Place};

/// The store of one namespace.
pub struct Store {
    prefix: String,
    /// A scope that keeps the `database` once it is open.
    kept: JsValue,
    /// A scope that keeps the keys that are made or read, by their names (`protocol/dpop.rs`).
    #[cfg(feature = "full")]
    keys: RefCell<JsValue>,
}

impl Store {
    /// The store of the namespace `tag`.
    pub fn new(tag: &str) -> Self {
        Store {
            prefix: ["otrs-auth.", tag, "."].concat(),
            kept: web::scope(),
            #[cfg(feature = "full")]
            keys: RefCell::new(web::scope()),
        }
    }

    /// A name in this namespace.
    pub fn name(&self, what: &str) -> String {
        [&self.prefix, what].concat()
    }

    fn name_of(&self, place: &Place) -> String {
        match place {
            Place::Record => self.name("session"),
            Place::Keys => self.name("keys"),
            Place::Attempt(state) => state.clone(),
        }
    }

    /// Tells how to have the `database` in the scope.
    pub fn open(&self, scope: &JsValue) -> Vec<&'static str> {
        web::set(scope, "kept", &self.kept);
        let mut recipes = vec!["database = @kept.database"];
        if web::get(&self.kept, "database").is_undefined() {
            recipes.push(database::OPEN);
            recipes.push(r#"_ = Object.assign ["@kept",{"database":"@database"}]"#);
        }
        recipes
    }

    /// Tells how to do what the state machine asks for; [`Store::outcome`] follows.
    pub fn begin(&self, scope: &JsValue, place: &Place, access: &Access) -> Vec<&'static str> {
        let name = self.name_of(place);
        let sealed = *place == Place::Record;
        let mut recipes = self.open(scope);
        let half = if sealed { self.half(&name) } else { String::new() };
        seal::with_half(scope, &half, &name);
        if let Access::Save(text) | Access::Renew(text) = access
            && sealed
        {
            web::set_text(scope, "mark", &Record::mark(text));
        }
        match access {
            Access::Save(text) if !sealed => web::set_text(scope, "value", text),
            Access::Save(text) | Access::Renew(text) if !half.is_empty() => recipes.push(seal::seal(scope, text)),
            _ => {}
        }
        #[cfg(feature = "full")]
        if let Some(recipe) = self.with_key(scope, sealed, access) {
            recipes.push(recipe);
        }
        recipes.extend_from_slice(&database::access(scope, &name, access));
        if sealed && reads(access) {
            recipes.push(seal::UNSEAL);
        }
        recipes
    }

    /// What came of it.
    pub fn outcome(&self, scope: &JsValue, place: &Place, access: &Access) -> Outcome {
        if database::is_gone(scope) {
            return Outcome::Stored(false);
        }
        if !database::is_done(scope) {
            // The next one opens it anew: a connection can be closed under a page.
            web::set(&self.kept, "database", &JsValue::UNDEFINED);
            // A tab's memory holds texts only.
            #[cfg(feature = "full")]
            if !key_named(access).is_empty() {
                return Outcome::NoStore;
            }
            return in_tab(place, &self.name_of(place), access);
        }
        if !reads(access) {
            return Outcome::Stored(true);
        }
        let text = match place {
            Place::Record => seal::opened(scope),
            _ => written(scope),
        };
        #[cfg(feature = "full")]
        let text = self.take_key(scope, text);
        Outcome::Read(place.clone(), text)
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

/// Keys that lie beside what names them, so that both are stored, replaced and removed at once.
#[cfg(feature = "full")]
impl Store {
    /// Keeps a new key for whatever is going to name it.
    pub fn keep_key(&self, key: &str, private: &JsValue) {
        web::set(&self.keys.borrow(), key, private);
    }

    /// A key; `undefined` if it is not there.
    pub fn key(&self, key: &str) -> JsValue {
        web::get(&self.keys.borrow(), key)
    }

    /// Lets go of all keys.
    pub fn forget_keys(&self) {
        *self.keys.borrow_mut() = web::scope();
    }

    /// Tells how to store the key that a text names together with the text.
    fn with_key(&self, scope: &JsValue, sealed: bool, access: &Access) -> Option<&'static str> {
        let key = key_named(access);
        if key.is_empty() {
            return None;
        }
        web::set(scope, "private", &self.key(&key));
        Some(if sealed { seal::WITH_PRIVATE } else { database::TEXT_WITH_PRIVATE })
    }

    /// Looks for the key that came with what was read.
    fn take_key(&self, scope: &JsValue, text: Option<String>) -> Option<String> {
        let text = text?;
        let private = web::get(scope, "result.private");
        if private.is_object() {
            self.keep_key(&key_of(&text), &private);
        }
        Some(text)
    }
}

/// A text that is kept in clear. One that a key goes with is a member of an object.
fn written(scope: &JsValue) -> Option<String> {
    let text = web::get(scope, "result").as_string();
    #[cfg(feature = "full")]
    let text = text.or_else(|| web::get(scope, "result.text").as_string());
    text
}

/// The name of the key that goes with what is to be stored; empty where none does.
#[cfg(feature = "full")]
fn key_named(access: &Access) -> String {
    match access {
        Access::Save(text) | Access::Renew(text) => key_of(text),
        _ => String::new(),
    }
}

#[cfg(feature = "full")]
fn key_of(text: &str) -> String {
    Fields::parse(text).unwrap_or_default().text("key").to_owned()
}

/// Whether what is stored is wanted.
fn reads(access: &Access) -> bool {
    matches!(access, Access::Read | Access::Take)
}

/// Without a database an attempt still survives the way to Keycloak and back, in its own tab; a record would
/// lie there unsealed, so it is not kept at all.
fn in_tab(place: &Place, name: &str, access: &Access) -> Outcome {
    match (place, access) {
        (Place::Attempt(_), Access::Save(text)) => Outcome::Stored(tab::write(name, text)),
        (Place::Attempt(_), _) => Outcome::Read(place.clone(), tab::take(name)),
        (Place::Keys, Access::Read) => Outcome::Read(Place::Keys, None),
        _ => Outcome::NoStore,
    }
}
