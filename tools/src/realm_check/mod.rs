//! Holds a running Keycloak against what the realm files promise: requirements B1 to B8 and B11. Everything is
//! asked of the server, by the admin API or as anybody could ask it; a realm file that says one thing and a
//! server that does another is drift.

mod behaviour;
mod clients;
mod dpop;
mod people;
mod profile;
mod self_service;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::admin::Admin;
use crate::keycloak::{self, Secrets};
use crate::realms::REALMS;

/// How far to look.
#[derive(Clone, Default)]
pub struct Options {
    /// Also make throw-away users, to see the rules at work.
    pub writes: bool,
    /// The demo users are expected.
    pub demo: bool,
    /// Secret of `otrs-api`, to try its rights.
    pub api_secret: Option<String>,
    /// Refresh tokens are expected to be bound to keys: the realm files of `keycloak/dpop`.
    pub dpop: bool,
}

impl Options {
    /// Everything, for a Keycloak of ours.
    pub fn of(keycloak: &keycloak::Running) -> Self {
        Self { writes: true, demo: true, api_secret: keycloak.secrets().api_client_secret.clone(), dpop: false }
    }
}

/// What was found.
#[derive(Default)]
pub struct Report {
    lines: Vec<(bool, String)>,
}

impl Report {
    fn check(&mut self, id: &str, realm: &str, what: &str, good: bool, found: &dyn std::fmt::Debug) {
        let found = if good { String::new() } else { format!(", but found {found:?}") };
        self.lines.push((good, format!("{id} {realm}: {what}{found}")));
    }

    /// What is not as promised, each line beginning with the requirement's id.
    pub fn drift(&self) -> Vec<String> {
        self.lines.iter().filter(|(good, _)| !good).map(|(_, line)| line.clone()).collect()
    }

    /// How many things were looked at.
    pub fn checked(&self) -> usize {
        self.lines.len()
    }
}

/// Looks at both realms.
pub fn check(admin: &Admin, options: &Options) -> Result<Report> {
    let mut report = Report::default();
    for realm in REALMS {
        let found = admin.request("GET", &format!("/realms/{}", realm.name), None)?;
        let there = found.status == 200 && found.json()["enabled"] == true;
        report.check("B1", realm.name, "the realm is there and enabled", there, &found.status);
        if !there {
            continue;
        }
        profile::check(&mut report, admin, realm)?;
        clients::check(&mut report, admin, realm)?;
        dpop::check(&mut report, admin, realm, options)?;
        behaviour::check(&mut report, admin, realm, options)?;
        if options.demo {
            people::check(&mut report, admin, realm)?;
        }
    }
    Ok(report)
}

/// `realm-check [--writes] [--demo] [--dpop]`: of the Keycloak at `KEYCLOAK_URL`. Ends with 0 without drift, 1 with
/// drift, and 2 when it could not look: a monitor must not take an outage for drift.
pub fn run(args: &[String]) -> Result<()> {
    match look(args) {
        Ok(0) => Ok(()),
        Ok(drift) => bail!("{drift} checks found drift"),
        Err(error) => {
            eprintln!("otrs-auth: {error:#}");
            std::process::exit(2);
        }
    }
}

fn look(args: &[String]) -> Result<usize> {
    let has = |name: &str| args.iter().any(|arg| arg == name);
    if let Some(other) = args.iter().find(|arg| !["--writes", "--demo", "--dpop"].contains(&arg.as_str())) {
        bail!(
            "{other} is not an option of realm-check: use --writes (makes throw-away users), --demo (expects the demo users) or --dpop (expects the policy that binds refresh tokens)"
        );
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(name), Some(password)) =
        (variable("KEYCLOAK_URL"), variable("KEYCLOAK_ADMIN"), variable("KEYCLOAK_ADMIN_PASSWORD"))
    else {
        bail!(
            "set KEYCLOAK_URL, KEYCLOAK_ADMIN and KEYCLOAK_ADMIN_PASSWORD to a server and an administrator of its master realm"
        );
    };
    let api_secret = variable(keycloak::secret::VARIABLE);
    let secrets = Secrets { admin: name, admin_password: password, api_client_secret: api_secret.clone() };
    let admin = Admin::new(url.trim_end_matches('/'), &secrets);
    let report =
        check(&admin, &Options { writes: has("--writes"), demo: has("--demo"), api_secret, dpop: has("--dpop") })?;
    for (good, line) in &report.lines {
        println!("{} {line}", if *good { "ok   " } else { "DRIFT" });
    }
    println!("{} checks, {} with drift", report.checked(), report.drift().len());
    Ok(report.drift().len())
}

/// The texts of a list, sorted.
fn sorted(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
    texts.sort();
    texts.dedup();
    texts
}
