//! What `npm start`, `npm test` and `npm run build` do. Each module has one job; the flow tests use
//! them too, which is why this is a library with a thin program on top.

pub mod build;
pub mod process;
pub mod setup;
pub mod setup_packages;
pub mod setup_wasm;
pub mod size;
pub mod test_run;
