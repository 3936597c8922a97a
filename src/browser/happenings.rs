//! What happens to a page: input, the network coming back, the page coming to the front, a word from
//! another tab, a timer.

use wasm_bindgen::JsValue;

use super::web::{self, Arg};

/// What happened.
pub enum Happening {
    /// The user did something.
    Input,
    /// The network or the page is back.
    Back,
    /// The page came out of the back/forward cache.
    Restored,
    /// Another tab said something.
    Word,
    /// A timer ran out.
    Timer,
    /// Nothing of interest.
    Nothing,
}

/// Listens until the answer, an `AbortController`, is aborted. `heard` gets each event.
pub fn listen(heard: &JsValue) -> JsValue {
    let controller = web::make("AbortController", "[]", &[]);
    let signal = web::get(&controller, "signal");
    for name in ["pointerdown", "keydown", "wheel", "online", "pageshow", "visibilitychange"] {
        let method = if name == "visibilitychange" { "document.addEventListener" } else { "addEventListener" };
        let values = [Arg::Text(name), Arg::Value(heard), Arg::Value(&signal)];
        web::call_window(method, r#"[null,null,{"capture":true,"passive":true,"signal":null}]"#, &values);
    }
    controller
}

/// Tells the events apart; a timer comes without one.
pub fn of(event: &JsValue) -> Happening {
    if event.is_undefined() {
        return Happening::Timer;
    }
    match web::text(event, "type").as_str() {
        "online" => Happening::Back,
        "message" => Happening::Word,
        "pageshow" if web::get(event, "persisted").is_truthy() => Happening::Restored,
        "visibilitychange" if web::of_window("document.hidden").is_falsy() => Happening::Back,
        "pageshow" | "visibilitychange" => Happening::Nothing,
        _ => Happening::Input,
    }
}
