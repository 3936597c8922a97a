//! What OpenID Connect and Keycloak ask of a browser client, as pure functions and one state machine.
//!
//! Nothing here knows a clock, a random source or a web API: time and random bytes come in as values.

pub mod error;

pub use error::{AuthError, ErrorCode};
