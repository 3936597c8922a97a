//! A hidden frame, sent to Keycloak to see whether it comes back.

use wasm_bindgen::JsValue;

use super::web;
use crate::protocol::session::Framed;

/// Loads `url` in a hidden frame: of the same origin, so that its address can be read; without scripts, so that the
/// page in it does not run. Reading the address of a foreign page throws, which is an answer. A policy violation
/// may still be reported some time after the frame has loaded.
const LOAD: &str = r#"frame = document.createElement ["iframe"]
    loaded = promise
    violated = promise
    _ = Object.assign ["@frame",{"sandbox":"allow-same-origin","hidden":true,"ariaHidden":"true","src":"@url","onload":"@loaded.resolve"}]
    _ = document.addEventListener ["securitypolicyviolation","@violated.resolve",{"once":true}]
    _ = document.body.append ["@frame"]
    _ = await @loaded.promise
    _ = setTimeout ["@violated.resolve",100]
    violation = await @violated.promise
    _ = document.removeEventListener ["securitypolicyviolation","@violated.resolve"]
    address = @frame.contentWindow.location.href
    _ = @frame.remove []"#;

/// Loads `url` in such a frame. The page that answers is ours; of it only the address is wanted.
#[cfg(feature = "full")]
const ASK: &str = r#"frame = document.createElement ["iframe"]
    loaded = promise
    _ = Object.assign ["@frame",{"sandbox":"allow-same-origin","hidden":true,"ariaHidden":"true","src":"@url","onload":"@loaded.resolve"}]
    _ = document.body.append ["@frame"]
    _ = await @loaded.promise
    address = @frame.contentWindow.location.hash
    _ = @frame.remove []"#;

/// Makes an authorization request in a hidden frame.
#[cfg(feature = "full")]
pub fn ask(scope: &JsValue, url: &str) -> &'static str {
    web::set_text(scope, "url", url);
    ASK
}

/// Its answer, without the `#`; empty if it cannot be seen.
#[cfg(feature = "full")]
pub fn answered(scope: &JsValue) -> String {
    web::text(scope, "address").get(1..).unwrap_or_default().to_owned()
}

/// Looks where `url` ends: on our origin, or elsewhere. `own` is a page of ours; where even that cannot be framed,
/// and where a content security policy forbids the frame, nothing can be told.
pub fn probe(scope: &JsValue, url: &str, own: &str) -> [&'static str; 3] {
    web::set_text(scope, "url", own);
    web::set_text(scope, "other", url);
    [LOAD, "own = @address\n ownViolation = @violation\n url = @other", LOAD]
}

/// What was seen.
pub fn seen(scope: &JsValue) -> Framed {
    let is_ours = |address: &str| web::text(scope, address).starts_with("http");
    let blocked = web::get(scope, "violation").is_object() || web::get(scope, "ownViolation").is_object();
    match (is_ours("own"), is_ours("address")) {
        _ if blocked => Framed::Unknown,
        (true, true) => Framed::Returned,
        (true, false) => Framed::Stayed,
        _ => Framed::Unknown,
    }
}
