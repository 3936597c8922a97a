//! Waits for a started Keycloak and puts its usual failures into words.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::http::Client;
use crate::process::{self, tail};

/// A slow machine with a cold cache may need minutes.
const LIMIT: Duration = Duration::from_secs(240);

/// Returns when both realms answer: their pages are there only after the import.
pub fn wait(url: &str, process: &mut process::Running) -> Result<()> {
    let client = Client::new(Duration::from_secs(5));
    let start = Instant::now();
    let is_there = |realm: &str| client.get(&format!("{url}/realms/{realm}")).is_ok_and(|answer| answer.status == 200);
    while !(is_there("otrs-agents") && is_there("otrs-customer-users")) {
        let log = || fs::read_to_string(&process.log).unwrap_or_default();
        if start.elapsed() > LIMIT {
            bail!(
                "Keycloak was not ready after {} seconds; the end of its log:\n{}",
                LIMIT.as_secs(),
                tail(&log(), 30)
            );
        }
        let text = log();
        if process.ended()?.is_some() {
            bail!(
                "{}",
                cause(&text)
                    .map_or_else(|| format!("Keycloak ended; the end of its log:\n{}", tail(&text, 30)), String::from)
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn cause(log: &str) -> Option<&'static str> {
    const CAUSES: [(&str, &str); 7] = [
        (
            "column \"SECRET",
            "Keycloak refused the realm files because OTRS_API_CLIENT_SECRET is not set: set it to a long random value",
        ),
        (
            "already in use by another process",
            "the database is in use by another Keycloak: stop the other npm start first",
        ),
        (
            "Database may be already in use",
            "the database is in use by another Keycloak: stop the other npm start first",
        ),
        (
            "port is already allocated",
            "Keycloak's port is in use: stop the program that listens there, or choose another port",
        ),
        (
            "Address already in use",
            "Keycloak's port is in use: stop the program that listens there, or choose another port",
        ),
        ("No space left on device", "no space is left on the disk: free some and run this again"),
        ("OutOfMemoryError", "Keycloak ran out of memory: close other programs and run this again"),
    ];
    // Java and the container engines spell the same words with and without a capital letter.
    let log = log.to_lowercase();
    CAUSES.iter().find(|(sign, _)| log.contains(&sign.to_lowercase())).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use super::cause;

    #[test]
    fn a_port_in_use_is_named_whoever_says_it() {
        for log in [
            "Error: cannot listen on the TCP port: listen tcp4 127.0.0.1:8180: bind: address already in use",
            "Bind for 127.0.0.1:8180 failed: port is already allocated",
            "java.net.BindException: Address already in use",
        ] {
            assert!(cause(log).is_some_and(|sentence| sentence.starts_with("Keycloak's port is in use")), "{log}");
        }
        assert_eq!(cause("Keycloak started"), None);
    }
}
