//! Headers of every answer. The policy is the one the package's documentation asks for, so the demo
//! proves that it is enough.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Options;
use crate::http::origin;

/// Keycloak's log-out page has this one in a frame.
const FRAMED: &str = "/front-channel-logout.html";

/// The headers in the form the server needs.
pub struct Headers {
    all: Vec<(HeaderName, HeaderValue)>,
    framed: Vec<(HeaderName, HeaderValue)>,
}

impl Headers {
    /// Made once for all answers.
    pub fn new(options: &Options) -> Self {
        let keycloak = origin(&options.authority);
        let with = |ancestors| {
            let csp = options.csp.clone().unwrap_or_else(|| policy(keycloak, ancestors));
            let own = [
                ("content-security-policy", csp.as_str()),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
            ];
            let extra = options.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let all = own.into_iter().chain(extra).filter(|(_, value)| !value.is_empty());
            all.filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect()
        };
        Self { all: with("'self'"), framed: with(keycloak) }
    }
}

fn policy(keycloak: &str, ancestors: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' {keycloak}; frame-src 'self' {keycloak}; \
         img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    )
}

/// Adds them. A header that the answer already has stays.
pub async fn add(State(headers): State<Arc<Headers>>, request: Request, next: Next) -> Response {
    let set = if request.uri().path() == FRAMED { &headers.framed } else { &headers.all };
    let mut response = next.run(request).await;
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}
