//! What the user and the page do: input, the network coming back, the page coming to the front.

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, EventTarget, PageTransitionEvent};

use super::object;

/// Listens until the answer is aborted. `heard` gets each event.
pub fn listen(heard: &Function) -> Option<AbortController> {
    let window = web_sys::window()?;
    let controller = AbortController::new().ok()?;
    let options = object(&[
        ("signal", &controller.signal()),
        ("capture", &true.into()),
        ("passive", &true.into()),
    ]);
    let add = |target: &EventTarget, names: &[&str]| {
        for name in names {
            let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
                name,
                heard,
                options.unchecked_ref(),
            );
        }
    };
    add(
        &window,
        &["pointerdown", "keydown", "wheel", "online", "pageshow"],
    );
    if let Some(document) = window.document() {
        add(&document, &["visibilitychange"]);
    }
    Some(controller)
}

/// What an event of [`listen`] means.
pub enum Heard {
    /// The user did something.
    Input,
    /// The network or the page is back.
    Back,
    /// The page came out of the back/forward cache.
    Restored,
    /// Nothing of interest.
    Nothing,
}

/// Tells the events apart.
pub fn meaning(event: &web_sys::Event) -> Heard {
    match event.type_().as_str() {
        "online" => Heard::Back,
        "pageshow" => match event
            .dyn_ref::<PageTransitionEvent>()
            .is_some_and(PageTransitionEvent::persisted)
        {
            true => Heard::Restored,
            false => Heard::Nothing,
        },
        "visibilitychange" => match web_sys::window().and_then(|window| window.document()) {
            Some(document) if !document.hidden() => Heard::Back,
            _ => Heard::Nothing,
        },
        _ => Heard::Input,
    }
}

/// The event as JavaScript hands it over.
pub fn event_of(value: JsValue) -> web_sys::Event {
    value.unchecked_into()
}
