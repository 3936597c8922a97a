//! The demo users of the realm files, for people who try the demo.

use crate::realms::{AGENTS, CUSTOMERS};

/// Gives all demo users another password at the import.
pub const PASSWORD_VARIABLE: &str = "OTRS_DEMO_PASSWORD";
/// The password when nothing else is said; the realm files have it too.
pub const DEFAULT_PASSWORD: &str = "demo-only";

/// One demo user.
pub struct Account {
    /// What to type.
    pub login: &'static str,
    /// Where they are.
    pub realm: &'static str,
    /// Why one would try them.
    pub note: &'static str,
}

const fn agent(login: &'static str, note: &'static str) -> Account {
    Account { login, realm: AGENTS.name, note }
}

const fn customer(login: &'static str, note: &'static str) -> Account {
    Account { login, realm: CUSTOMERS.name, note }
}

/// All demo users, the usual ones of each realm first.
pub const ACCOUNTS: [Account; 22] = [
    agent("agent", "an ordinary agent"),
    agent("root@localhost", "all roles, also with spaces, umlauts and Cyrillic letters"),
    agent("agent2", "Second Level Support"),
    agent("norole", "no role: signed in, but may not enter"),
    agent("wrongrole", "a realm role named Agent, which does not count"),
    agent("disabled", "locked: Keycloak keeps them out"),
    agent("o.brien", "a name full of markup"),
    agent("ян", "Cyrillic login"),
    agent("müller", "umlauts"),
    agent("layla", "a name written from right to left"),
    agent("x", "a login of one character"),
    agent("ab", "a login of two characters"),
    customer("ada", "ACME, all customer attributes"),
    customer("bob", "ACME, nothing but the customer number"),
    customer("kunde@firma.example", "another company, e-mail address as login"),
    customer("nocustomerid", "no customer number"),
    customer("norole", "no role: signed in, but may not enter"),
    customer("wrongrole", "a realm role named Customer User, which does not count"),
    customer("disabled", "locked: Keycloak keeps them out"),
    customer("o.brien", "a name and a company full of markup"),
    customer("ян", "Cyrillic login and company"),
    customer("x", "a login of one character"),
];

/// The password of every demo user.
pub fn password() -> String {
    std::env::var(PASSWORD_VARIABLE).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| DEFAULT_PASSWORD.into())
}

/// The table that `npm start` prints.
pub fn table() -> String {
    let width = ACCOUNTS.iter().map(|account| account.login.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for account in &ACCOUNTS {
        let space = " ".repeat(width - account.login.chars().count());
        out.push_str(&format!("  {}{space}  {:<19}  {}\n", account.login, account.realm, account.note));
    }
    out
}
