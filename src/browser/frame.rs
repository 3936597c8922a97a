//! A hidden frame, sent to Keycloak to see whether it comes back.

use wasm_bindgen::JsValue;

use super::timer;
use super::web::{self, Arg};
use crate::protocol::session::Framed;

/// How long after the frame has loaded a policy violation may still be reported, ms.
const VIOLATION_DELAY: i64 = 100;

/// Loads `url` in a hidden frame without scripts and looks where it ended: on our origin, where its address
/// can be read, or elsewhere. `own` is a page of ours; where even that cannot be framed, and where a
/// content security policy forbids the frame, nothing can be told.
pub async fn probe(url: &str, own: &str) -> Framed {
    let mut results = [None, None];
    for (result, url) in results.iter_mut().zip([own, url]) {
        *result = comes_back(url).await;
    }
    match results {
        [Some(true), Some(true)] => Framed::Returned,
        [Some(true), Some(false)] => Framed::Stayed,
        _ => Framed::Unknown,
    }
}

/// `None` if the frame was blocked by policy.
async fn comes_back(url: &str) -> Option<bool> {
    let frame = Frame(web::call_window("document.createElement", r#"["iframe"]"#, &[]));
    // The same origin, so that its address can be read; no scripts, so that the page in it does not run.
    let members = r#"[null,{"sandbox":"allow-same-origin","hidden":true,"ariaHidden":"true","src":null}]"#;
    web::call_window("Object.assign", members, &[Arg::Value(&frame.0), Arg::Text(url)]);
    let (loaded, heard) = web::promise();
    let (violated, violation) = web::promise();
    web::set(&frame.0, "onload", &heard);
    let arguments = r#"["securitypolicyviolation",null,{"once":true}]"#;
    web::call_window("document.addEventListener", arguments, &[Arg::Value(&violation)]);
    web::call_window("document.body.append", "[null]", &[Arg::Value(&frame.0)]);
    web::done(loaded).await;
    timer::later(&violation, VIOLATION_DELAY);
    let blocked = web::done(violated).await.is_object();
    web::call_window("document.removeEventListener", arguments, &[Arg::Value(&violation)]);
    // Reading the address of a foreign page throws, which is the answer.
    let back = web::text(&frame.0, "contentWindow.location.href").starts_with("http");
    (!blocked).then_some(back)
}

/// Removes the frame on every path, also when nobody waits for it any more.
struct Frame(JsValue);

impl Drop for Frame {
    fn drop(&mut self) {
        web::call(&self.0, "remove", "[]", &[]);
    }
}
