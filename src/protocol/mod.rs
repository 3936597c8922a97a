//! What OpenID Connect and Keycloak ask of a browser client, as pure functions and one state machine.
//!
//! Nothing here knows a clock, a random source or a web API: time and random bytes come in as values.

pub mod attempt;
pub mod authorization_request;
pub mod callback;
pub mod config;
#[cfg(feature = "full")]
pub mod dpop;
pub mod encoding;
pub mod end_session;
pub mod error;
pub mod fields;
pub mod http;
pub mod id_token;
pub mod json;
pub mod keys;
#[cfg(feature = "full")]
pub mod lease;
pub mod metadata;
pub mod number;
pub mod options;
pub mod pkce;
pub mod profile;
pub mod record;
pub mod remedy;
pub mod rsa;
pub mod secret;
pub mod session;
pub mod text;
pub mod token;
pub mod url;

pub use config::Config;
pub use error::{AuthError, ErrorCode};
