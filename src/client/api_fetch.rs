//! `session.fetch`: the browser's fetch, with the access token, to the API's origins only.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::Client;
use crate::browser::{fetch, location};
use crate::protocol::secret::AccessToken;
use crate::protocol::session::Event;
use crate::protocol::url::api_address;

/// Validity demanded of a token for a call, ms.
const MIN_VALIDITY: i64 = 10_000;

impl Client {
    /// Sends the front end's request; after a 401 once more with another token, if there is one (C-84).
    pub async fn fetch(self: Rc<Self>, input: JsValue, init: JsValue) -> Result<JsValue, JsValue> {
        let request = fetch::request(&input, &init)?;
        let url = location::parse(&request.url());
        let allowed = self.view(|session| api_address(url.as_ref(), &session.config().api_origins));
        allowed.map_err(|error| self.error(&error))?;
        let token = self.ask(|waiter| Event::Token {
            waiter,
            min_validity: MIN_VALIDITY,
            fresh: false,
        });
        let token = JsFuture::from(token).await?.as_string().unwrap_or_default();
        // A body can be read once: the second try needs its own copy, made before the first.
        let again = request.clone()?;
        let response = fetch::send_with_token(&request, &token).await?;
        if response.status() != 401 {
            return Ok(response.into());
        }
        let refused = AccessToken::new(&token);
        let other = self.ask(|waiter| Event::Unauthorized {
            waiter,
            token: refused,
        });
        match JsFuture::from(other).await {
            Ok(other) => match other.as_string() {
                Some(other) => Ok(fetch::send_with_token(&again, &other).await?.into()),
                None => Ok(response.into()),
            },
            // The session is over, or Keycloak away: the front end gets the API's own answer.
            Err(_) => Ok(response.into()),
        }
    }
}
