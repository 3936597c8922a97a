//! HTTP for the tools: one request, one answer. An error status is an answer too, and a redirect is
//! not followed: both are what the callers look at.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// What a server said.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header as text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The status and the start of the body, for error messages.
    pub fn summary(&self) -> String {
        let start: String = self.text.chars().take(200).collect();
        format!("{} {start}", self.status)
    }
}

/// A client that keeps its connections.
#[derive(Clone)]
pub struct Client(ureq::Agent);

impl Client {
    /// Every request gets this long.
    pub fn new(limit: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Keycloak takes role mappings away by DELETE with a body.
            .allow_non_standard_methods(true)
            .timeout_global(Some(limit))
            .build();
        Self(config.into())
    }

    /// Sends a request with these headers and, unless it is empty, this body.
    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = if body.is_empty() {
            self.0.run(request.body(()).context("the request cannot be built")?)
        } else {
            self.0.run(request.body(body.to_string()).context("the request cannot be built")?)
        };
        let mut response = sent.map_err(|error| anyhow!("{url} does not answer: {error}"))?;
        let text = response.body_mut().read_to_string().unwrap_or_default();
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), text })
    }

    /// A GET without headers.
    pub fn get(&self, url: &str) -> Result<Answer> {
        self.send("GET", url, &[], "")
    }

    /// A form, as the token endpoint takes it.
    pub fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.send("POST", url, &[("content-type", "application/x-www-form-urlencoded")], &form(fields))
    }
}

/// Fields in the encoding of forms and queries.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Scheme, host and port of a URL.
pub fn origin(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after_scheme..).and_then(|rest| rest.find(['/', '?', '#']));
    url.get(..end.map_or(url.len(), |at| after_scheme + at)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::{encode, origin};

    #[test]
    fn origin_ends_before_the_path() {
        assert_eq!(origin("https://iam.example.com:8443/auth/"), "https://iam.example.com:8443");
        assert_eq!(origin("http://localhost:8180"), "http://localhost:8180");
    }

    #[test]
    fn encoding_covers_other_scripts() {
        assert_eq!(encode("ян @"), "%D1%8F%D0%BD%20%40");
    }
}
