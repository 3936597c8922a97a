//! `session.fetch`: the browser's fetch, with the access token, to the API's origins only.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::Client;
use crate::browser::web::{self, Arg};
use crate::browser::{fetch, location, wait};
use crate::protocol::secret::AccessToken;
use crate::protocol::session::Event;
use crate::protocol::url::api_address;

/// Validity demanded of a token for a call, ms.
const MIN_VALIDITY: i64 = 10_000;

impl Client {
    /// Sends the front end's request. The promise takes over whatever the request ends with.
    pub fn fetch(self: &Rc<Self>, input: &JsValue, init: &JsValue) -> JsValue {
        let (promise, fulfil) = web::promise();
        let (client, request) = (self.clone(), fetch::request(input, init));
        wait::spawn(Box::pin(async move {
            let response = client.send(&request).await;
            web::call(&fulfil, "call", "[0,null]", &[Arg::Value(&response)]);
        }));
        promise
    }

    /// The response, or a rejected promise. After a 401 the request is sent once more with another token, if there
    /// is one (C-84).
    async fn send(self: &Rc<Self>, request: &JsValue) -> JsValue {
        if request.is_undefined() {
            return Promise::reject(&js_sys::TypeError::new("session.fetch takes what fetch takes")).into();
        }
        let url = location::parse(&web::text(request, "url"));
        let allowed = api_address(url.as_ref(), &self.session().config().api_origins);
        if let Err(problem) = allowed {
            return self.refusal(&problem);
        }
        let (asked, waiter) = self.prepare();
        self.submit(waiter, Event::Token { waiter, min_validity: MIN_VALIDITY, fresh: false });
        let Some(token) = web::done(asked.clone()).await.as_string() else { return asked };
        // A body can be read once: the second try needs its own copy, made before the first.
        let again = web::call(request, "clone", "[]", &[]);
        let sent = fetch::send_with_token(request, &token);
        let response = web::done(sent.clone()).await;
        if web::get(&response, "status").as_f64() != Some(401.0) {
            return sent;
        }
        let (other, waiter) = self.prepare();
        self.submit(waiter, Event::Unauthorized { waiter, token: AccessToken::new(&token) });
        match web::done(other).await.as_string() {
            Some(other) => fetch::send_with_token(&again, &other),
            // There is no better token, the session is over, or Keycloak away: the front end gets the API's
            // own answer.
            None => sent,
        }
    }
}
