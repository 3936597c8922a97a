//! `session.fetch`: the browser's fetch, with the access token, to the API's origins only.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::Client;
#[cfg(feature = "full")]
use super::api_proof::Call;
use crate::browser::{fetch, location, web};
#[cfg(not(feature = "full"))]
use crate::protocol::secret::AccessToken;
use crate::protocol::session::Event;
use crate::protocol::url::api_address;

/// Validity demanded of a token for a call, ms.
const MIN_VALIDITY: i64 = 10_000;

/// The token that was sent.
#[cfg(not(feature = "full"))]
type Call = Option<AccessToken>;

/// A body can be read once: the second try needs its own copy, made before the first.
const REQUEST: &str = r#"request = new Request ["@input","@init"]
    copy = @request.clone []
    own = promise"#;
pub(super) const TOKEN: &str = "token = await @asked";
#[cfg(not(feature = "full"))]
const RESPONSE: &str = "response = await @sent";
impl Client {
    /// Sends the front end's request. The promise takes over whatever the request ends with.
    pub fn fetch(self: &Rc<Self>, input: &JsValue, init: &JsValue) -> JsValue {
        let scope = web::scope();
        web::set(&scope, "input", input);
        web::set(&scope, "init", init);
        web::run(&scope, REQUEST);
        let promise = web::get(&scope, "own.promise");
        let first = self.ask_first(&scope);
        let (client, mut call) = (self.clone(), Call::default());
        web::work(
            &scope,
            Vec::from([first]),
            Box::new(move |scope| {
                let next = client.go_on(scope, &mut call);
                if next.is_none() {
                    web::run(scope, r#"_ = @own.resolve ["@sent"]"#);
                }
                next
            }),
        );
        promise
    }

    /// Makes `sent` a promise that is rejected, or asks for a token.
    fn ask_first(self: &Rc<Self>, scope: &JsValue) -> &'static str {
        if web::get(scope, "request").is_undefined() {
            let problem = js_sys::TypeError::new("session.fetch takes what fetch takes");
            web::set(scope, "sent", &Promise::reject(&problem));
            return "";
        }
        let url = location::parse(&web::text(scope, "request.url"));
        let allowed = api_address(url.as_ref(), &self.session().config().api_origins);
        if let Err(problem) = allowed {
            web::set(scope, "sent", &self.refusal(&problem));
            return "";
        }
        let (asked, waiter) = self.prepare();
        web::set(scope, "asked", &asked);
        web::set(scope, "sent", &asked);
        self.submit(waiter, Event::Token { waiter, min_validity: MIN_VALIDITY, fresh: false });
        TOKEN
    }

    /// In the full module: `api_proof.rs`.
    ///
    /// Sends with the token that was asked for; after a 401 once more with another one, if there is one (C-84). If
    /// there is none, the session is over, or Keycloak away, the front end gets the API's own answer.
    #[cfg(not(feature = "full"))]
    fn go_on(self: &Rc<Self>, scope: &JsValue, sent: &mut Call) -> Option<&'static str> {
        let status = web::get(scope, "response.status").as_f64();
        if status.is_some_and(|status| status != 401.0) {
            return None;
        }
        let token = web::get(scope, "token").as_string();
        match (status, sent.take(), token) {
            (None, None, Some(token)) => {
                fetch::send_with_token(scope, &token);
                *sent = Some(AccessToken::new(&token));
                Some(RESPONSE)
            }
            (Some(_), Some(token), _) => {
                let (asked, waiter) = self.prepare();
                web::set(scope, "asked", &asked);
                self.submit(waiter, Event::Unauthorized { waiter, token });
                Some(TOKEN)
            }
            (Some(_), None, Some(token)) => {
                web::run(scope, "request = @copy");
                fetch::send_with_token(scope, &token);
                None
            }
            _ => None,
        }
    }
}
