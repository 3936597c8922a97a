//! Requests going out and answers coming in, as data.

use super::{AuthError, ErrorCode};

/// A request. All are sent alike: no credentials, no cache, no referrer, redirects refused (C-40).
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Absolute address.
    pub url: String,
    /// How.
    pub method: Method,
}

/// How a request is made.
#[derive(Clone, PartialEq, Eq)]
pub enum Method {
    /// GET, and read the answer.
    Get,
    /// POST this form, and read the answer.
    Post(String),
    /// HEAD to this page's own server, for its clock.
    Head,
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header, if readable.
    pub content_type: Option<String>,
    /// The time in the `Date` header, ms since 1970, if readable; that is, from this page's own server.
    pub date: Option<i64>,
    /// The body; empty if it was larger than any honest answer.
    pub body: Vec<u8>,
}

/// Why no answer came back. The browser does not tell a refused connection from a missing CORS header,
/// a redirect or an untrusted certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFailure {
    /// The browser gave up.
    Unreachable,
    /// The deadline passed.
    TimedOut,
    /// It was not sent: there is no key to prove possession of.
    #[cfg(feature = "full")]
    KeyLost,
}

impl From<NetworkFailure> for AuthError {
    fn from(failure: NetworkFailure) -> Self {
        match failure {
            NetworkFailure::Unreachable => ErrorCode::KeycloakUnreachable.into(),
            NetworkFailure::TimedOut => ErrorCode::Timeout.into(),
            #[cfg(feature = "full")]
            NetworkFailure::KeyLost => ErrorCode::DpopKeyLost.into(),
        }
    }
}

impl Answer {
    /// The JSON body of a 200, else what the status says. `invalid` is the code for everything that is
    /// no JSON object.
    pub fn json(&self, invalid: ErrorCode) -> Result<super::json::Json, AuthError> {
        match self.status {
            200 => {}
            429 => return Err(ErrorCode::RateLimited.into()),
            500..=599 => return Err(ErrorCode::ServerError.into()),
            _ => return Err(AuthError::about(invalid, "status")),
        }
        // Key sets have a type of their own (RFC 7517 section 8.5.2), which ends alike (RFC 6839 section 3.1).
        let json_type = self.content_type.as_deref().is_some_and(|text| {
            let name = super::text::cut(text, b';').0.trim_ascii().to_ascii_lowercase();
            name == "application/json" || name.ends_with("+json")
        });
        if !json_type {
            return Err(AuthError::about(invalid, "content-type"));
        }
        super::json::parse(&self.body)
            .filter(|json| json.object().is_some())
            .ok_or_else(|| AuthError::about(invalid, "json"))
    }
}
