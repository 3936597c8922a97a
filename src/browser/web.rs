//! Web APIs by name, through a handful of imports.
//!
//! A typed import costs 60 to 250 bytes at each call and as much again in the JavaScript beside it; the
//! hundred that we need were 9 kB of the package. What is called once is therefore called by name, and only
//! what is called often has a type of web-sys.
//!
//! What has to be done with web APIs one after the other is a recipe. Each of its lines is `name = step`; the
//! value of the step becomes a member of an object, the scope, or of one of its members: `name.member`. A step is
//!
//! - `path`, a member, or a member of a member with dots between;
//! - `path [arguments]`, a call, or `new Class [arguments]`. The arguments are JSON;
//! - `promise`, an object with a new `promise` and the functions that will `resolve` or `reject` it;
//! - one of these after `await`, which waits for a promise; but `await @request` for what the database says to it:
//!   a promise would be fulfilled with its event, which a polluted prototype could see, and so the result;
//! - one of these after `condition ?`, a path; where nothing is found there, the value is `undefined`.
//!
//! In paths and arguments `@name` is a member of the scope; everything else is found from the global object. So
//! not one value has to be passed, kept while waiting or dropped by compiled code, which was most of it: futures
//! that did the same were 10 kB.
//!
//! Nothing throws: what cannot be read or called, also because a part of its path is missing, and what is
//! rejected, is `undefined`. A recipe is looked at once, at its end.

use std::cell::Cell;

use js_sys::{Array, Function, JSON, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::protocol::text::cut;

/// An empty scope. It has no prototype: a polluted one must not lend it members.
pub fn scope() -> JsValue {
    Object::<JsValue>::create(JsValue::NULL.unchecked_ref()).into()
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

#[wasm_bindgen]
extern "C" {
    /// `js_sys::global` also tries the names that it had in browsers before 2020.
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// A member of the global object.
#[inline(never)]
pub fn of_window(path: &str) -> JsValue {
    GLOBAL.with(|global| get(global, path))
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

/// Sets a member to a text.
#[inline(never)]
pub fn set_text(target: &JsValue, name: &str, text: &str) {
    set(target, name, &JsValue::from_str(text));
}

/// Sets a member to a `Uint8Array` of its own with these bytes.
#[inline(never)]
pub fn set_bytes(target: &JsValue, name: &str, bytes: &[u8]) {
    set(target, name, &Uint8Array::from(bytes));
}

/// The bytes of a member; what is no buffer has none.
#[inline(never)]
pub fn bytes(target: &JsValue, path: &str) -> Vec<u8> {
    Uint8Array::new(&get(target, path)).to_vec()
}

/// An object or a list: JSON in which `"@name"` stands for a member of the scope. All its members are its own,
/// so that none is looked up in a polluted prototype. Of what is no JSON, `undefined`.
#[inline(never)]
pub fn json(scope: &JsValue, text: &'static str) -> JsValue {
    let object = JSON::parse(text).unwrap_or(JsValue::UNDEFINED);
    if object.is_object() {
        fill(scope, &object);
    }
    object
}

fn fill(scope: &JsValue, object: &JsValue) {
    // An option that is not given must not be looked up in a polluted prototype: its getter would see the others.
    // Lists keep theirs, by which the browser iterates them.
    if !Array::is_array(object) {
        Object::<JsValue>::set_prototype_of(object.unchecked_ref(), JsValue::NULL.unchecked_ref());
    }
    let members = Object::entries(object.unchecked_ref());
    for index in 0..members.length() {
        let member: Array = members.get(index).unchecked_into();
        let value = member.get(1);
        if value.is_object() {
            fill(scope, &value);
        }
        if let Some(name) = value.as_string()
            && let Some(name) = name.strip_prefix('@')
        {
            let _ = Reflect::set(object, &member.get(0), &get(scope, name));
        }
    }
}

/// Carries out a recipe that need not wait.
#[inline(never)]
pub fn run(scope: &JsValue, recipe: &'static str) {
    let mut rest = Some(recipe);
    while let Some((name, _, value)) = next(scope, &mut rest) {
        match cut(name, b'.') {
            (name, Some(member)) => set(&get(scope, name), member, &value),
            _ => set(scope, name, &value),
        }
    }
}

/// What follows a recipe: looks at the scope, and gives another recipe, or `None` for the end.
pub type Then = Box<dyn FnMut(&JsValue) -> Option<&'static str>>;

/// Recipes that have to wait.
struct Work {
    scope: JsValue,
    recipes: Vec<&'static str>,
    rest: Option<&'static str>,
    then: Then,
}

/// Carries out recipes one after the other, and then what follows. Stops where the scope's member `over` is true.
pub fn work(scope: &JsValue, mut recipes: Vec<&'static str>, then: Then) {
    recipes.reverse();
    go_on(Box::new(Work { scope: scope.clone(), recipes, rest: None, then }));
}

fn go_on(mut work: Box<Work>) {
    while get(&work.scope, "over").is_falsy() {
        if let Some((name, how, value)) = next(&work.scope, &mut work.rest) {
            set(&work.scope, name, &value);
            if !how.is_empty() {
                return wait(work, name, how, value);
            }
        } else {
            work.rest = work.recipes.pop().or_else(|| (work.then)(&work.scope));
            if work.rest.is_none() {
                return;
            }
        }
    }
}

/// Calls back with what a promise is fulfilled with, and with nothing when it is rejected. `then` looks at the
/// promise's `constructor`, where a script of the page may have put a getter.
const THEN: &str = r#"failed = @callback.bind ["@none","@none"]
    _ = Object.defineProperty ["@awaited","constructor",{}]
    _ = @awaited.then ["@callback","@failed"]"#;
/// Calls back with each event of a request of the database.
const EVENTS: &str = "awaited.onsuccess = @callback
    awaited.onerror = @callback
    awaited.onupgradeneeded = @callback";

/// A function for JavaScript, with one argument. There is one kind of them only, because each would bring code of its
/// own along.
pub fn function(call: Box<dyn Fn(JsValue) -> JsValue>) -> JsValue {
    Closure::wrap(call).into_js_value()
}

/// Goes on when what has this name has come, with what it was fulfilled with in its place.
fn wait(work: Box<Work>, name: &'static str, how: &'static str, awaited: JsValue) {
    let scope = work.scope.clone();
    let work = Cell::new(Some(work));
    let callback = function(Box::new(move |value| {
        if let Some(work) = work.take() {
            set(&work.scope, name, &value);
            go_on(work);
        }
        JsValue::UNDEFINED
    }));
    set(&scope, "awaited", &awaited);
    if !awaited.is_object() {
        run(&scope, r#"awaited = Promise.resolve ["@awaited"]"#);
    }
    set(&scope, "callback", &callback);
    run(&scope, how);
}

/// Does the next line of a recipe: what its value is called, the recipe to wait for it, empty if it is there, and
/// the value.
#[inline(never)]
fn next(scope: &JsValue, recipe: &mut Option<&'static str>) -> Option<(&'static str, &'static str, JsValue)> {
    let (line, rest) = cut((*recipe)?, b'\n');
    *recipe = rest;
    let (name, step) = cut(line, b'=');
    let (condition, step) = match cut(step.unwrap_or_default(), b'?') {
        (condition, Some(step)) => (condition.trim_ascii(), step.trim_ascii()),
        (step, None) => ("", step.trim_ascii()),
    };
    let name = name.trim_ascii();
    if !condition.is_empty() && find(scope, condition).is_falsy() {
        return Some((name, "", JsValue::UNDEFINED));
    }
    let (how, step) = match step.strip_prefix("await ") {
        Some("@request") => (EVENTS, "@request"),
        Some(step) => (THEN, step),
        None => ("", step),
    };
    Some((name, how, evaluate(scope, step)))
}

/// The object that a path begins at, and the rest of the path.
fn root<'a>(scope: &JsValue, path: &'a str) -> (JsValue, &'a str) {
    match path.strip_prefix('@') {
        Some(path) => (scope.clone(), path),
        None => (GLOBAL.with(JsValue::clone), path),
    }
}

fn find(scope: &JsValue, path: &str) -> JsValue {
    let (root, path) = root(scope, path);
    get(&root, path)
}

fn evaluate(scope: &JsValue, step: &'static str) -> JsValue {
    let (path, arguments) = cut(step, b'[');
    let path = path.trim_ascii();
    if arguments.is_none() {
        return if path == "promise" { with_resolvers().into() } else { find(scope, path) };
    }
    let arguments = json(scope, step.get(path.len()..).unwrap_or_default());
    let arguments = arguments.unchecked_ref();
    if let Some(class) = path.strip_prefix("new ") {
        let class: Function = of_window(class).unchecked_into();
        return Reflect::construct(&class, arguments).unwrap_or(JsValue::UNDEFINED);
    }
    let (mut owner, mut rest) = root(scope, path);
    while let (name, Some(after)) = cut(rest, b'.') {
        owner = get(&owner, name);
        rest = after;
    }
    // Of what is no function, this throws.
    let method: Function = get(&owner, rest).unchecked_into();
    Reflect::apply(&method, &owner, arguments).unwrap_or(JsValue::UNDEFINED)
}

#[wasm_bindgen]
extern "C" {
    /// A new promise with the functions that will `resolve` or `reject` it. The latter is for the loader, which settles
    /// what waits should this instance come to its end (`npm/release.js`).
    pub type Resolvers;

    /// Also for browsers that lack it: the loader has its own (`tools/src/glue.js`).
    #[wasm_bindgen(js_namespace = Promise, js_name = withResolvers)]
    pub fn with_resolvers() -> Resolvers;

    /// The promise.
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Resolvers) -> JsValue;

    /// Fulfils it.
    #[wasm_bindgen(method)]
    pub fn resolve(this: &Resolvers, value: &JsValue);
}
