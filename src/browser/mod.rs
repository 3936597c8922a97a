//! The web APIs we use, one file each. They do what they are told and decide nothing; that one of them
//! is missing or refuses is an ordinary answer.

pub mod clock;
pub mod cookie;
pub mod crypto;
pub mod database;
#[cfg(feature = "full")]
pub mod dpop;
pub mod fetch;
pub mod frame;
pub mod happenings;
#[cfg(feature = "full")]
pub mod lease;
pub mod location;
pub mod lock;
pub mod seal;
pub mod tab;
pub mod web;
