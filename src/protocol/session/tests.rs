//! The state machine against a simulated browser and a simulated Keycloak, in virtual time.

mod departure;
mod login;
mod logout;
mod properties;
mod refresh;
pub(crate) mod world;
