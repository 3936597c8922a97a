//! The two realms of the tutorial and the names that both share.

/// The client of the front ends.
pub const APP: &str = "otrs-app";
/// The client OTRS manages users with.
pub const API: &str = "otrs-api";

/// What tells the realms apart.
#[derive(Clone, Copy, Debug)]
pub struct Realm {
    /// Its name in URLs.
    pub name: &'static str,
    /// The role of `otrs-app` that lets people in.
    pub role: &'static str,
    /// Its users are customers: with customer number, without OTRS roles.
    pub is_customer: bool,
}

/// People who answer tickets.
pub const AGENTS: Realm = Realm { name: "otrs-agents", role: "Agent", is_customer: false };
/// People who write them.
pub const CUSTOMERS: Realm = Realm { name: "otrs-customer-users", role: "Customer User", is_customer: true };
/// Both, in the order of the realm files.
pub const REALMS: [Realm; 2] = [AGENTS, CUSTOMERS];

/// Customer attributes in the access token.
pub const MAPPED: [&str; 9] = ["customerid", "title", "phone", "fax", "mobile", "street", "zip", "city", "country"];
