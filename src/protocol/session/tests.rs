//! The state machine against a simulated browser and a simulated Keycloak, in virtual time.

mod departure;
mod dpop;
mod idle;
mod login;
mod logout;
mod loops;
mod order;
mod properties;
mod refresh;
mod step_up;
mod tabs;
pub(crate) mod world;
