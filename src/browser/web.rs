//! Web APIs by name, through a handful of imports.
//!
//! A typed import costs 60 to 250 bytes at each call and as much again in the JavaScript beside it; the
//! hundred that we need were 9 kB of the package. What is called once is therefore called by name, and only
//! what is called often has a type of web-sys.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// An argument, made into a JavaScript value only where it is used.
pub enum Arg<'a> {
    /// A string.
    Text(&'a str),
    /// Anything.
    Value(&'a JsValue),
    /// Bytes, as a `Uint8Array` of their own.
    Bytes(&'a [u8]),
    /// JSON, for plain parameter objects.
    Json(&'static str),
}

impl Arg<'_> {
    fn to_js(&self) -> JsValue {
        match self {
            Arg::Text(text) => JsValue::from_str(text),
            Arg::Value(value) => (*value).clone(),
            Arg::Bytes(bytes) => js_sys::Uint8Array::from(*bytes).into(),
            Arg::Json(text) => js_sys::JSON::parse(text).unwrap_or(JsValue::UNDEFINED),
        }
    }
}

/// The global object.
pub fn global() -> JsValue {
    js_sys::global().into()
}

/// A member, or `undefined`.
#[inline(never)]
pub fn get(target: &JsValue, name: &str) -> JsValue {
    // Of `undefined` and `null` nothing can be read; there this is `undefined` as well.
    Reflect::get(target, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A member of the global object.
pub fn of_window(name: &str) -> JsValue {
    get(&global(), name)
}

/// A member that is a text.
#[inline(never)]
pub fn text(target: &JsValue, name: &str) -> String {
    get(target, name).as_string().unwrap_or_default()
}

/// Sets a member.
#[inline(never)]
pub fn set(target: &JsValue, name: &str, value: Arg<'_>) {
    let _ = Reflect::set(target, &JsValue::from_str(name), &value.to_js());
}

fn list(arguments: &[Arg<'_>]) -> Array {
    let list = Array::new();
    for argument in arguments {
        list.push(&argument.to_js());
    }
    list
}

/// Calls a method. What cannot be called, also because there is no target, gives `undefined`, and so does what
/// throws: a chain of calls is looked at once, at its end.
#[inline(never)]
pub fn call(target: &JsValue, name: &str, arguments: &[Arg<'_>]) -> JsValue {
    let method: Function = get(target, name).unchecked_into();
    // Of what is no function, this throws.
    Reflect::apply(&method, target, &list(arguments)).unwrap_or(JsValue::UNDEFINED)
}

/// Makes an object of a class; `undefined` if there is no such class or it throws.
#[inline(never)]
pub fn make(class: &str, arguments: &[Arg<'_>]) -> JsValue {
    let class: Function = of_window(class).unchecked_into();
    Reflect::construct(&class, &list(arguments)).unwrap_or(JsValue::UNDEFINED)
}

/// A plain object: `json`, and these members.
#[inline(never)]
pub fn object(json: &'static str, members: &[(&str, Arg<'_>)]) -> JsValue {
    let object = Arg::Json(json).to_js();
    for (name, value) in members {
        let _ = Reflect::set(&object, &JsValue::from_str(name), &value.to_js());
    }
    object
}

/// Waits for what a call promised; `undefined` if it is rejected or there was no call.
pub async fn done(promise: JsValue) -> JsValue {
    JsFuture::from(Promise::resolve(&promise)).await.unwrap_or(JsValue::UNDEFINED)
}

/// A promise, and the function that fulfils it.
pub fn promise() -> (JsValue, JsValue) {
    let mut fulfil = JsValue::UNDEFINED;
    let promise = Promise::new(&mut |resolve, _| fulfil = resolve.into());
    (promise.into(), fulfil)
}
