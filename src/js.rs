//! What JavaScript sees: `createSession`, the session, errors. Its types stand in `npm/index.d.ts`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::browser::location;
use crate::browser::web::{self, Arg};
use crate::client::{Client, entropy};
use crate::protocol::authorization_request::LoginOptions;
use crate::protocol::end_session::LogoutOptions;
use crate::protocol::json::Json;
use crate::protocol::profile::Profile;
use crate::protocol::remedy::remedy;
use crate::protocol::session::{Event, Status};
use crate::protocol::{AuthError, Config, ErrorCode};

#[wasm_bindgen]
extern "C" {
    /// The loader's side: it owns the error class and the answers taken out of the address bar.
    pub type Host;

    /// Makes an error.
    #[wasm_bindgen(method)]
    fn error(this: &Host, code: &str, message: &str, subject: &str, remedy: Option<String>, retryable: bool)
    -> JsValue;

    /// Hands over the raw answer for a namespace, once.
    #[wasm_bindgen(method)]
    fn take(this: &Host, tag: &str) -> Option<String>;
}

/// An [`AuthError`] for JavaScript.
pub fn error(host: &Host, error: &AuthError, config: Option<&Config>) -> JsValue {
    let code = error.code();
    host.error(code.code(), code.message(), error.subject(), remedy(error, config), code.retryable())
}

thread_local! {
    /// The sessions of this page by namespace, with the promises that their creators got: asked twice (as
    /// React's strict mode does), a page gets one session.
    static SESSIONS: RefCell<Vec<(Rc<Client>, Promise)>> = const { RefCell::new(Vec::new()) };
}

/// Lets the next call of `createSession` start anew.
pub fn forget(client: &Rc<Client>) {
    SESSIONS.with_borrow_mut(|sessions| sessions.retain(|(own, _)| !Rc::ptr_eq(own, client)));
}

/// Starts or joins the session that the options describe.
#[wasm_bindgen(js_name = createSession)]
pub fn create_session(options: JsValue, host: Host) -> Promise {
    let config = location::parse(&location::href())
        .ok_or_else(|| ErrorCode::InternalError.into())
        .and_then(|page| Config::read(&json_of(&options, 0), &page, &location::parse));
    let config = match config {
        Ok(config) => config,
        Err(problem) => return Promise::reject(&error(&host, &problem, None)),
    };
    let tag = config.tag();
    let known = SESSIONS
        .with_borrow(|sessions| sessions.iter().find(|(own, _)| own.tag() == tag).map(|(_, promise)| promise.clone()));
    if let Some(promise) = known {
        return promise;
    }
    let callback = host.take(&tag);
    let client = match Client::new(config, host) {
        Ok(client) => client,
        Err((host, problem)) => return Promise::reject(&error(&host, &problem, None)),
    };
    let (promise, begin) = client.prepare();
    SESSIONS.with_borrow_mut(|sessions| sessions.push((client.clone(), promise.clone())));
    client.start(begin, callback);
    promise
}

/// One user's session at one realm.
#[wasm_bindgen]
pub struct Session {
    client: Rc<Client>,
}

fn to_js(value: &impl Serialize) -> JsValue {
    // Maps become plain objects; nothing that we serialize can fail.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

impl Session {
    /// Of this client.
    pub fn of(client: Rc<Client>) -> Self {
        Session { client }
    }

    fn of_profile(&self, look: impl FnOnce(&Profile) -> JsValue) -> Option<JsValue> {
        self.client.view(|session| session.profile().map(look))
    }

    fn refused(&self, problem: &AuthError) -> Promise {
        Promise::reject(&self.client.error(problem))
    }
}

#[wasm_bindgen]
impl Session {
    /// Where the session stands.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> JsValue {
        let named = |name, member: Option<(&str, JsValue)>| {
            let status = web::object("{}", &[("name", Arg::Text(name))]);
            if let Some((name, value)) = member {
                web::set(&status, name, Arg::Value(&value));
            }
            status
        };
        self.client.view(|session| match session.status() {
            Status::SignedOut => named("signed_out", None),
            Status::SigningIn => named("signing_in", None),
            Status::SignedIn(profile) => named("signed_in", Some(("user", to_js(&profile.user)))),
            Status::NoAccess(profile, problem) => {
                let status = named("no_access", Some(("user", to_js(&profile.user))));
                web::set(&status, "problem", Arg::Value(&self.client.error(problem)));
                status
            }
            Status::Ended(reason) => named("ended", Some(("reason", reason.name().into()))),
        })
    }

    /// Who is signed in.
    #[wasm_bindgen(getter)]
    pub fn user(&self) -> JsValue {
        self.of_profile(|profile| to_js(&profile.user)).unwrap_or(JsValue::NULL)
    }

    /// Client roles.
    #[wasm_bindgen(getter)]
    pub fn roles(&self) -> JsValue {
        self.of_profile(|profile| to_js(&profile.roles)).unwrap_or_else(|| Array::new().into())
    }

    /// Customer data.
    #[wasm_bindgen(getter)]
    pub fn customer(&self) -> JsValue {
        self.of_profile(|profile| profile.customer.as_ref().map_or(JsValue::NULL, to_js)).unwrap_or(JsValue::NULL)
    }

    /// Claims that are missing.
    #[wasm_bindgen(getter, js_name = missingClaims)]
    pub fn missing_claims(&self) -> JsValue {
        self.of_profile(|profile| to_js(&profile.missing)).unwrap_or_else(|| Array::new().into())
    }

    /// When the access token expires.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> JsValue {
        self.client.view(|session| session.expires_at().map_or(JsValue::NULL, |at| JsValue::from_f64(at as f64)))
    }

    /// Whether Keycloak could be reached.
    #[wasm_bindgen(getter)]
    pub fn connected(&self) -> bool {
        self.client.view(|session| session.connected())
    }

    /// Whether the user has a client role.
    #[wasm_bindgen(js_name = hasRole)]
    pub fn has_role(&self, name: &str) -> bool {
        self.client
            .view(|session| session.profile().is_some_and(|profile| profile.roles.iter().any(|role| role == name)))
    }

    /// A valid access token.
    #[wasm_bindgen(js_name = getToken)]
    pub fn get_token(&self, options: JsValue) -> Promise {
        let options = json_of(&options, 0);
        let min_validity = match options.get("minValidity") {
            None => Some(10),
            Some(value) => value.number().filter(|seconds| *seconds >= 0),
        };
        let fresh = match options.get("fresh") {
            None => Some(false),
            Some(Json::Bool(fresh)) => Some(*fresh),
            Some(_) => None,
        };
        match (min_validity, fresh) {
            (Some(seconds), Some(fresh)) => {
                let min_validity = seconds.saturating_mul(1000);
                self.client.ask(|waiter| Event::Token { waiter, min_validity, fresh })
            }
            (None, _) => self.refused(&AuthError::about(ErrorCode::OptionInvalid, "minValidity")),
            _ => self.refused(&AuthError::about(ErrorCode::OptionInvalid, "fresh")),
        }
    }

    /// Calls the API.
    pub fn fetch(&self, input: JsValue, init: JsValue) -> Promise {
        future_to_promise(self.client.clone().fetch(input, init))
    }

    /// Logs in.
    pub fn login(&self, options: JsValue) -> Promise {
        let page = location::href();
        match LoginOptions::read(&json_of(&options, 0)) {
            Ok(options) => {
                let options = Box::new(options);
                self.client.ask(|waiter| Event::Login { waiter, options, page, entropy: entropy() })
            }
            Err(problem) => self.refused(&problem),
        }
    }

    /// Logs out.
    pub fn logout(&self, options: JsValue) -> Promise {
        match LogoutOptions::read(&json_of(&options, 0)) {
            Ok(options) => self.client.ask(|waiter| Event::Logout { waiter, options, entropy: entropy() }),
            Err(problem) => self.refused(&problem),
        }
    }

    /// Keycloak's account pages.
    #[wasm_bindgen(js_name = accountUrl)]
    pub fn account_url(&self) -> String {
        self.client.view(|session| session.config().account_url())
    }

    /// Stops this object.
    pub fn close(&self) {
        self.client.close();
        forget(&self.client);
    }

    /// Adds a listener.
    #[wasm_bindgen(js_name = addEventListener)]
    pub fn add_event_listener(&self, name: &str, listener: &JsValue, options: &JsValue) {
        let arguments = [Arg::Text(name), Arg::Value(listener), Arg::Value(options)];
        web::call(&self.client.events, "addEventListener", &arguments);
    }

    /// Removes a listener.
    #[wasm_bindgen(js_name = removeEventListener)]
    pub fn remove_event_listener(&self, name: &str, listener: &JsValue) {
        web::call(&self.client.events, "removeEventListener", &[Arg::Text(name), Arg::Value(listener)]);
    }
}

/// A JavaScript value as the protocol reads options: plain data only. A `URL` is its text; what is no data
/// becomes an empty text, which no option accepts.
fn json_of(value: &JsValue, depth: u8) -> Json {
    if value.is_null() || value.is_undefined() {
        return Json::Null;
    }
    if let Some(flag) = value.as_bool() {
        return Json::Bool(flag);
    }
    if let Some(text) = value.as_string() {
        return Json::Text(text);
    }
    if let Some(number) = value.as_f64() {
        let whole = number as i64;
        return Json::Number((whole as f64 == number).then_some(whole));
    }
    if depth > 3 || value.is_function() {
        return Json::Text(String::new());
    }
    if let Some(list) = value.dyn_ref::<Array>() {
        return Json::Array(list.iter().map(|item| json_of(&item, depth + 1)).collect());
    }
    if let Some(url) = value.dyn_ref::<web_sys::Url>() {
        return Json::Text(url.href());
    }
    let Some(object) = value.dyn_ref::<js_sys::Object>() else {
        return Json::Text(String::new());
    };
    let entries = js_sys::Object::entries(object);
    let own = entries.iter().filter_map(|entry| {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        // An option that is `undefined` is an option that is not given.
        (!value.is_undefined()).then(|| Some((entry.get(0).as_string()?, json_of(&value, depth + 1))))?
    });
    Json::Object(own.collect())
}
