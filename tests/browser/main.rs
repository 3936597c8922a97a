//! The web APIs as the browsers really have them. Run by wasm-pack in Chromium and Firefox.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod addresses;
mod crypto;
mod lock;
mod requests;
mod store;
