//! What `npm start`, `npm test` and `npm run build` do. Each module has one job; the flow tests use
//! them too, which is why this is a library with a thin program on top.

pub mod accounts;
pub mod admin;
pub mod bench;
pub mod build;
pub mod bundle;
pub mod classic;
pub mod consumers;
pub mod docs;
pub mod dpop;
pub mod embed;
pub mod entries;
pub mod examples;
pub mod glue;
pub mod http;
pub mod integrity;
pub mod keycloak;
pub mod process;
pub mod realm_check;
pub mod realms;
pub mod rest_api;
pub mod server;
pub mod setup;
pub mod setup_packages;
pub mod setup_wasm;
pub mod shorten;
pub mod size;
pub mod start;
pub mod test_fuzz;
pub mod test_package;
pub mod test_run;
pub mod test_steps;
pub mod wasm_module;
