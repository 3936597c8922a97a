//! The web APIs we use, one file each. They do what they are told and decide nothing; that one of them
//! is missing or refuses is an ordinary answer.

pub mod activity;
pub mod channel;
pub mod clock;
pub mod cookie;
pub mod crypto;
pub mod database;
pub mod fetch;
pub mod frame;
pub mod location;
pub mod lock;
pub mod promise;
pub mod seal;
pub mod tab;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// A plain object of these members, for web APIs that take their parameters so. Without a prototype, so
/// that nothing a page adds to `Object.prototype` is taken for a parameter.
pub fn object(members: &[(&str, &JsValue)]) -> Object {
    let object = Object::create(JsValue::NULL.unchecked_ref_object());
    for (name, value) in members {
        // Setting a member of a new object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// A member of an object, or `undefined`.
pub fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

trait AsObject {
    fn unchecked_ref_object(&self) -> &Object;
}

impl AsObject for JsValue {
    fn unchecked_ref_object(&self) -> &Object {
        wasm_bindgen::JsCast::unchecked_ref(self)
    }
}
