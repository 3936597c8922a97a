//! What is kept between page loads: the record sealed in the database, attempts and keys beside it.

use wasm_bindgen::JsValue;

use crate::browser::{cookie, database, seal, tab, web};
use crate::protocol::encoding::base64url;
use crate::protocol::record::Record;
use crate::protocol::session::{Access, Outcome, Place};

/// The store of one namespace.
pub struct Store {
    prefix: String,
    /// A scope that keeps the `database` once it is open.
    kept: JsValue,
}

impl Store {
    /// The store of the namespace `tag`.
    pub fn new(tag: &str) -> Self {
        Store { prefix: ["otrs-auth.", tag, "."].concat(), kept: web::scope() }
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
            return in_tab(place, &self.name_of(place), access);
        }
        if !reads(access) {
            return Outcome::Stored(true);
        }
        let text = match place {
            Place::Record => seal::opened(scope),
            _ => web::get(scope, "result").as_string(),
        };
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
