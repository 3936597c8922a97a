//! The state machine against a simulated browser and a simulated Keycloak, in virtual time.

mod departure;
#[cfg(feature = "full")]
mod dpop;
mod failed;
mod idle;
#[cfg(feature = "full")]
mod in_frame;
mod login;
mod logout;
mod loops;
mod order;
#[cfg(feature = "full")]
mod proofs;
mod properties;
mod refresh;
mod step_up;
mod tabs;
pub(crate) mod world;
