//! What the package's JavaScript sees: `createSession`, and for each session one function that answers by name,
//! which the class of the package (`npm/index.js`) gives its names and types. An exported class would cost
//! 2 kB, each of its methods half a kilobyte more.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Object, Promise};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::browser::{crypto, location, web};
use crate::client::{Client, entropy};
#[cfg(feature = "full")]
use crate::protocol::config::Dpop;
use crate::protocol::fields::Fields;
use crate::protocol::json::{self, Json};
use crate::protocol::options::{self, Kind, Table};
use crate::protocol::remedy::remedy;
use crate::protocol::session::{Event, Session, Status};
use crate::protocol::{AuthError, Config, ErrorCode, authorization_request, end_session};

/// The options of `session.getToken`.
const TOKEN_TABLE: &Table = &[("minValidity", Kind::Number), ("fresh", Kind::Flag)];

#[wasm_bindgen]
extern "C" {
    /// The loader's side: it owns the classes and the answers taken out of the address bar.
    pub type Host;

    /// Makes an error.
    #[wasm_bindgen(method)]
    fn error(this: &Host, code: &str, message: &str, subject: &str, remedy: Option<String>, retryable: bool)
    -> JsValue;

    /// Hands over the raw answer for a namespace, once.
    #[wasm_bindgen(method)]
    fn take(this: &Host, tag: &str) -> Option<String>;

    /// Makes the session that the front end gets.
    #[wasm_bindgen(method)]
    fn session(this: &Host, core: JsValue) -> JsValue;
}

/// An [`AuthError`] for JavaScript.
pub fn error(host: &Host, error: &AuthError, config: Option<&Config>) -> JsValue {
    let code = error.code();
    host.error(code.code(), code.message(), error.subject(), remedy(error, config), code.retryable())
}

thread_local! {
    /// The sessions of this page: asked twice (as React's strict mode does), a page gets one session.
    static SESSIONS: RefCell<Vec<Rc<Client>>> = const { RefCell::new(Vec::new()) };
}

/// Lets the next call of `createSession` start anew.
pub fn forget(client: &Rc<Client>) {
    SESSIONS.with_borrow_mut(|sessions| {
        if let Some(place) = sessions.iter().position(|own| Rc::ptr_eq(own, client)) {
            sessions.swap_remove(place);
        }
    });
}

/// Starts or joins the session that the options, in JSON, describe.
#[wasm_bindgen(js_name = createSession)]
pub fn create_session(options: &str, host: Host) -> JsValue {
    let config = match location::parse(&location::href()) {
        Some(page) => Config::read(&options_of(options), &page, &location::parse),
        None => Err(ErrorCode::InternalError.into()),
    };
    // The loader takes the other module here, unless it was told where to find this one.
    #[cfg(not(feature = "full"))]
    let config = config.and_then(|config| match crypto::has_subtle() {
        true => Ok(config),
        false => Err(AuthError::about(ErrorCode::OptionInvalid, "wasmUrl")),
    });
    #[cfg(feature = "full")]
    let config = config.and_then(|config| match config.dpop() == Dpop::Off || crypto::has_subtle() {
        true => Ok(config),
        false => Err(AuthError::about(ErrorCode::DpopUnavailable, &config.page_origin)),
    });
    let config = match config {
        Ok(config) => config,
        Err(problem) => return Promise::reject(&error(&host, &problem, None)).into(),
    };
    let tag = config.tag();
    let known = SESSIONS.with_borrow(|sessions| sessions.iter().find(|own| own.tag() == tag).cloned());
    if let Some(client) = known {
        return web::get(&client.things, "promise");
    }
    let callback = host.take(&tag);
    let client = Client::new(config, host);
    let own = client.clone();
    let core = web::function(Box::new(move |asked| {
        let asked: Array = asked.unchecked_into();
        let name = asked.get(0).as_string().unwrap_or_default();
        answer(&own, &name, &asked.get(1), &asked.get(2)).unwrap_or(JsValue::NULL)
    }));
    web::set(&client.things, "session", &client.host.session(core));
    let (promise, begin) = client.prepare();
    web::set(&client.things, "promise", &promise);
    SESSIONS.with_borrow_mut(|sessions| sessions.push(client.clone()));
    client.start(begin, callback);
    promise
}

/// The function that a session object of JavaScript asks for everything: by a list of a member's name and up to two
/// arguments. `None` stands for `null`.
fn answer(client: &Rc<Client>, name: &str, options: &JsValue, more: &JsValue) -> Option<JsValue> {
    let table = match name {
        "fetch" => return Some(client.fetch(options, more)),
        "close" => {
            client.close();
            forget(client);
            return None;
        }
        "login" => authorization_request::TABLE,
        "logout" => end_session::TABLE,
        "getToken" => TOKEN_TABLE,
        _ => return member(client, name),
    };
    let options = options.as_string().unwrap_or_default();
    let asked = options_of(&options);
    let options = match options::read(&asked, table, &client.session().config().page_origin, &location::parse) {
        Ok(options) => options,
        Err(problem) => return Some(client.refusal(&problem)),
    };
    let (promise, waiter) = client.prepare();
    client.submit(
        waiter,
        match name {
            "login" => Event::Login { waiter, options, page: location::href(), entropy: entropy() },
            "logout" => Event::Logout { waiter, options, entropy: entropy() },
            _ => Event::Token {
                waiter,
                min_validity: options.number("minValidity").unwrap_or(10).saturating_mul(1000),
                fresh: options.flag("fresh"),
            },
        },
    );
    Some(promise)
}

/// What the session shows under this name.
fn member(client: &Client, name: &str) -> Option<JsValue> {
    let session = client.session();
    let profile = session.profile();
    Some(match name {
        "status" => status(client, &session),
        "connected" => session.connected().into(),
        "expiresAt" => JsValue::from_f64(session.expires_at()? as f64),
        "endsAt" => JsValue::from_f64(session.ends_at()? as f64),
        "scope" => session.scope()?.into(),
        "actionResult" => match session.action() {
            b's' => "success".into(),
            b'c' => "cancelled".into(),
            b'e' => "error".into(),
            _ => return None,
        },
        "accountUrl" => session.config().account_url().into(),
        "user" => object(&profile?.user),
        "customer" => object(profile?.customer.as_ref()?),
        "roles" => list(profile.map(|profile| &profile.roles)),
        _ => list(profile.map(|profile| &profile.missing)),
    })
}

fn status(client: &Client, session: &Session) -> JsValue {
    let status = session.status();
    let (name, profile, problem) = match status {
        Status::SignedOut => ("signed_out", None, None),
        Status::SigningIn => ("signing_in", None, None),
        Status::SignedIn(profile) => ("signed_in", Some(profile), None),
        Status::NoAccess(profile, problem) => ("no_access", Some(profile), Some(problem)),
        Status::Ended(_) => ("ended", None, None),
    };
    let view = Object::new();
    web::set_text(&view, "name", name);
    if let Some(profile) = profile {
        web::set(&view, "user", &object(&profile.user));
    }
    if let Some(problem) = problem {
        web::set(&view, "problem", &client.error(problem));
    }
    if let Status::Ended(reason) = status {
        web::set_text(&view, "reason", reason.name());
    }
    view.into()
}

/// A plain object of these texts.
fn object(fields: &Fields) -> JsValue {
    let object = Object::new();
    for (name, value) in fields.pairs() {
        web::set_text(&object, name, value);
    }
    object.into()
}

/// A list of texts, empty where there is none. Lists cannot fail to be serialized.
fn list(texts: Option<&Vec<String>>) -> JsValue {
    let none = Vec::new();
    texts.unwrap_or(&none).serialize(&Serializer::new()).unwrap_or(JsValue::UNDEFINED)
}

/// The loader hands over options as JSON. What is none is a text, which no options are.
fn options_of(json: &str) -> Json {
    json::parse(json.as_bytes()).unwrap_or(Json::Text(String::new()))
}
