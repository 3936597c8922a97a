//! `session.fetch`: the browser's fetch, with the access token, to the API's origins only.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::Client;
use crate::browser::{fetch, location, web};
use crate::protocol::secret::AccessToken;
use crate::protocol::session::Event;
use crate::protocol::url::api_address;

/// Validity demanded of a token for a call, ms.
const MIN_VALIDITY: i64 = 10_000;

impl Client {
    /// Sends the front end's request; after a 401 once more with another token, if there is one (C-84).
    pub async fn fetch(self: Rc<Self>, input: JsValue, init: JsValue) -> Result<JsValue, JsValue> {
        let request = fetch::request(&input, &init);
        if request.is_undefined() {
            return Err(js_sys::TypeError::new("session.fetch takes what fetch takes").into());
        }
        let url = location::parse(&web::text(&request, "url"));
        let allowed = self.view(|session| api_address(url.as_ref(), &session.config().api_origins));
        allowed.map_err(|error| self.error(&error))?;
        let token = self.ask(|waiter| Event::Token { waiter, min_validity: MIN_VALIDITY, fresh: false });
        let token = JsFuture::from(token).await?.as_string().unwrap_or_default();
        // A body can be read once: the second try needs its own copy, made before the first.
        let again = web::call(&request, "clone", &[]);
        let response = fetch::send_with_token(&request, &token).await?;
        if web::get(&response, "status").as_f64() != Some(401.0) {
            return Ok(response);
        }
        let refused = AccessToken::new(&token);
        let other = self.ask(|waiter| Event::Unauthorized { waiter, token: refused });
        let other = JsFuture::from(other).await.ok().and_then(|other| other.as_string());
        match other {
            Some(other) => fetch::send_with_token(&again, &other).await,
            // There is no better token, the session is over, or Keycloak away: the front end gets the API's
            // own answer.
            None => Ok(response),
        }
    }
}
