//! The state machine against a simulated browser and a simulated Keycloak, in virtual time.

mod departure;
mod login;
mod properties;
mod refresh;
pub(crate) mod world;
