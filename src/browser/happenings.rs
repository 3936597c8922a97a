//! What happens to a page: input, the network coming back, the page coming to the front, a word from
//! another tab, a timer.

use wasm_bindgen::JsValue;

use super::web;

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

/// Calls the scope's `heard` for each of them, and for what other tabs say on the channel `name`: that something
/// changed, never what. Without such channels tabs learn of changes when they look.
pub const LISTEN: &str = r#"controller = new AbortController []
    how = Object.assign [{"capture":true,"passive":true,"signal":"@controller.signal"}]
    _ = addEventListener ["pointerdown","@heard","@how"]
    _ = addEventListener ["keydown","@heard","@how"]
    _ = addEventListener ["wheel","@heard","@how"]
    _ = addEventListener ["input","@heard","@how"]
    _ = addEventListener ["online","@heard","@how"]
    _ = addEventListener ["pageshow","@heard","@how"]
    _ = document.addEventListener ["visibilitychange","@heard","@how"]
    channel = new BroadcastChannel ["@name"]
    channel.onmessage = @heard"#;

/// Calls `heard` after `ms`, instead of any time before.
pub const WAKE: &str = r#"_ = clearTimeout ["@timer"]
    timer = setTimeout ["@heard","@ms"]"#;

/// Says to the other tabs that something changed.
pub const ANNOUNCE: &str = r#"_ = @channel.postMessage ["changed"]"#;

/// Ends it all. The session, with which the promise is fulfilled, keeps the WebAssembly's half, and that keeps this scope:
/// both would stay for as long as the page. What these two calls answer, `undefined`, takes their places.
pub const CLOSE: &str = r#"_ = clearTimeout ["@timer"]
    session = @controller.abort []
    promise = @channel.close []"#;

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
