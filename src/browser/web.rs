//! Web APIs by name, through a handful of imports.
//!
//! A typed import costs 60 to 250 bytes at each call and as much again in the JavaScript beside it; the
//! hundred that we need were 9 kB of the package. What is called once is therefore called by name, and only
//! what is called often has a type of web-sys. Constant arguments are JSON, so that they are data and not code.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::wait::Wait;
use crate::protocol::text::cut;

/// A value for JavaScript, made only where it is used.
pub enum Arg<'a> {
    /// A string.
    Text(&'a str),
    /// Anything.
    Value(&'a JsValue),
    /// Bytes, as a `Uint8Array` of their own.
    Bytes(&'a [u8]),
}

/// A member, or `undefined`, also where there is nothing to have members. `path` names a member of a member
/// with dots between.
#[inline(never)]
pub fn get(target: &JsValue, path: &str) -> JsValue {
    let (name, rest) = cut(path, b'.');
    let value = Reflect::get(target, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    match rest {
        Some(rest) => get(&value, rest),
        None => value,
    }
}

/// A member of the global object.
#[inline(never)]
pub fn of_window(path: &str) -> JsValue {
    get(&js_sys::global(), path)
}

/// A member that is a text; empty if it is none.
#[inline(never)]
pub fn text(target: &JsValue, path: &str) -> String {
    get(target, path).as_string().unwrap_or_default()
}

/// Sets a member.
#[inline(never)]
pub fn set(target: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}

/// An object or a list: JSON in which `null` stands for each of `values` in turn, at any depth. All members are its own, so
/// that none is looked up in a polluted prototype.
#[inline(never)]
pub fn json(text: &'static str, values: &[Arg<'_>]) -> JsValue {
    let object = JSON::parse(text).unwrap_or(JsValue::UNDEFINED);
    fill(&object, &mut values.iter());
    object
}

fn fill(object: &JsValue, values: &mut core::slice::Iter<'_, Arg<'_>>) {
    let members = Object::entries(object.unchecked_ref());
    for index in 0..members.length() {
        let member: Array = members.get(index).unchecked_into();
        let (name, value) = (member.get(0), member.get(1));
        if value.is_object() {
            fill(&value, values);
        } else if value.is_null()
            && let Some(value) = values.next()
        {
            let value = match value {
                Arg::Text(text) => JsValue::from_str(text),
                Arg::Value(value) => (*value).clone(),
                Arg::Bytes(bytes) => js_sys::Uint8Array::from(*bytes).into(),
            };
            let _ = Reflect::set(object, &name, &value);
        }
    }
}

/// Calls a method, with arguments as for [`json`]. What cannot be called, also because there is no target,
/// gives `undefined`, and so does what throws: a chain of calls is looked at once, at its end.
#[inline(never)]
pub fn call(target: &JsValue, path: &str, arguments: &'static str, values: &[Arg<'_>]) -> JsValue {
    let (name, rest) = cut(path, b'.');
    let member = get(target, name);
    if let Some(rest) = rest {
        return call(&member, rest, arguments, values);
    }
    let method: Function = member.unchecked_into();
    // Of what is no function, this throws.
    Reflect::apply(&method, target, json(arguments, values).unchecked_ref()).unwrap_or(JsValue::UNDEFINED)
}

/// Calls a method of the global object or of one of its members.
#[inline(never)]
pub fn call_window(path: &str, arguments: &'static str, values: &[Arg<'_>]) -> JsValue {
    call(&js_sys::global(), path, arguments, values)
}

/// Makes an object of a class; `undefined` if there is no such class or it throws.
#[inline(never)]
pub fn make(class: &str, arguments: &'static str, values: &[Arg<'_>]) -> JsValue {
    let class: Function = of_window(class).unchecked_into();
    Reflect::construct(&class, json(arguments, values).unchecked_ref()).unwrap_or(JsValue::UNDEFINED)
}

/// Waits for what a call promised; `undefined` if it is rejected or there was no call.
pub fn done(promise: JsValue) -> Wait {
    Wait::new(&call_window("Promise.allSettled", "[[null]]", &[Arg::Value(&promise)]))
}

/// A promise, and the function that fulfils it.
pub fn promise() -> (JsValue, JsValue) {
    let mut fulfil = JsValue::UNDEFINED;
    let promise = Promise::new(&mut |resolve, _| fulfil = resolve.into());
    (promise.into(), fulfil)
}
