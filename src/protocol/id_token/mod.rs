//! The ID token: taken apart, verified, and its claims checked against the login that asked for it
//! (OpenID Connect Core 1.0 sections 2, 3.1.3.7 and 12.2).
//!
//! A caller does all three: [`decode`], then [`verify_signature`] and [`check_claims`], whichever
//! first, and uses nothing of the token before both are through. The split is there because the key
//! set may have to be fetched again in between, and because ES256 is verified by the browser.

mod claims;
mod decode;
mod signature;

pub use super::keys::Algorithm;
pub use claims::{Expected, IdClaims, Nonce, Previous, check_claims};
pub use decode::{Decoded, decode, part};
pub use signature::{Verification, verify_signature};

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
