//! Browser sign-in for OTRS, OTOBO and Znuny front ends through Keycloak.
//!
//! [`protocol`] decides: requests are data going out, answers are data coming in, the session is a
//! state machine. It touches no web API and runs under plain `cargo test`. `browser` touches the web
//! APIs and decides nothing. `client` joins the two, `js` is what JavaScript sees.

pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod js;

/// A third of the size of the standard allocator, and it grows its one heap in place.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
