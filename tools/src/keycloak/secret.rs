//! The secrets of one Keycloak database: made once, kept beside it in `.cache`, never in the tree.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// The variable the realm files take the secret of `otrs-api` from.
pub const VARIABLE: &str = "OTRS_API_CLIENT_SECRET";

const SHORTEST: usize = 32;
/// What Keycloak's column holds.
const LONGEST: usize = 255;
const EXAMPLES: [&str; 4] = ["secret", "secret123", "changeit", "password"];

/// What is needed to manage one Keycloak.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Administrator of the master realm.
    pub admin: String,
    /// Its password.
    pub admin_password: String,
    /// Secret of the client `otrs-api`; not known for a server that was there before.
    pub api_client_secret: Option<String>,
}

/// Refuses to import a realm without a secret of its own: an empty secret is accepted by Keycloak from
/// anybody, and a placeholder that stays in place is public.
pub fn check_secret(secret: Option<&str>) -> Result<&str> {
    let secret = secret.unwrap_or_default();
    if secret.is_empty() {
        bail!("{VARIABLE} is not set: give it a long random value before the realms are imported");
    }
    if let Some(fault) = fault(secret) {
        bail!("{VARIABLE} {fault}: give it a random value of {SHORTEST} to {LONGEST} characters");
    }
    Ok(secret)
}

/// Why a secret protects nothing, as the end of a sentence.
pub fn fault(secret: &str) -> Option<&'static str> {
    if secret.contains("${") || secret.contains(VARIABLE) {
        Some("is a placeholder of the realm file")
    } else if EXAMPLES.contains(&secret.to_lowercase().as_str()) {
        Some("is an example value")
    } else if secret.len() < SHORTEST {
        Some("is too short")
    } else if secret.len() > LONGEST {
        Some("is too long")
    } else {
        None
    }
}

/// The secrets of the database in this folder; made when there are none yet.
pub fn of_database(folder: &Path) -> Result<Secrets> {
    let file = folder.join("secrets.json");
    if let Ok(text) = fs::read_to_string(&file) {
        return serde_json::from_str(&text).context("the kept secrets cannot be read: run npm start -- --fresh");
    }
    let given = std::env::var(VARIABLE).ok().filter(|value| !value.is_empty());
    let secrets = Secrets {
        admin: "admin".into(),
        admin_password: random(16)?,
        api_client_secret: Some(match given {
            Some(secret) => check_secret(Some(&secret))?.to_string(),
            None => random(32)?,
        }),
    };
    fs::create_dir_all(folder).context("the folder .cache cannot be written")?;
    let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file)?;
    out.write_all(serde_json::to_string(&secrets)?.as_bytes())?;
    Ok(secrets)
}

/// This many random bytes in hexadecimal.
pub fn random(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    SystemRandom::new().fill(&mut buffer).map_err(|_| anyhow!("the system has no random numbers to give"))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, VARIABLE, check_secret};

    #[test]
    fn only_a_long_value_of_its_own_is_taken() {
        let long = "x".repeat(256);
        for bad in [None, Some(""), Some("secret"), Some("too short"), Some("${OTRS_API_CLIENT_SECRET}"), Some(&long)] {
            assert!(check_secret(bad).is_err(), "{bad:?}");
        }
        assert!(check_secret(Some("0123456789abcdef0123456789abcdef")).is_ok());
    }

    /// What stands in for a missing secret must not fit into Keycloak's column: then the import is refused.
    #[test]
    fn the_realm_files_cannot_be_imported_without_a_secret() {
        for name in crate::keycloak::REALM_FILES {
            let file = crate::process::root().join("keycloak").join(name);
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let start = format!("${{{VARIABLE}:");
            let default = text.split(&start).nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
            assert!(default.chars().count() > LONGEST, "{name}");
        }
    }
}
