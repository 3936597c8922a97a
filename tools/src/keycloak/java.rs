//! Keycloak as a Java process.
//!
//! Java is started directly: under `kc.sh` it would be a grandchild that lives on when the script is
//! ended. A second pipe does the rest: when this program goes away in whatever manner, the pipe
//! closes and the watcher in the group ends Java.

use std::io::PipeWriter;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use super::distribution;
use super::secret::{Secrets, VARIABLE};
use crate::process::{self, answer, command, find_program};

/// The shell becomes Java; what it started before waits for the pipe's end.
const WATCHED: &str = r#"exec 3<&0; (cat <&3 >/dev/null; kill -TERM 0) & exec "$@" 3<&- </dev/null"#;

/// The options of `kc.sh` with a smaller heap. The two compiler and collector choices are for a quick
/// start and a small process, not for load.
const JVM: [&str; 15] = [
    "-Xms64m",
    "-Xmx384m",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
];

/// One database and the server that is unpacked for all of them.
pub struct Java {
    program: PathBuf,
    home: PathBuf,
    database: PathBuf,
    /// Open as long as this program lives; one end per start.
    life: Mutex<Option<PipeWriter>>,
}

impl Java {
    /// Fetches and unpacks the server if that is still to do.
    pub fn new(folder: &Path) -> Result<Self> {
        let program = program()?;
        Ok(Self { home: distribution::ensure()?, database: folder.join("h2"), life: Mutex::new(None), program })
    }

    /// Starts the server; it is not ready yet.
    pub fn start(&self, port: u16, secrets: &Secrets, app_origin: Option<&str>) -> Result<process::Running> {
        distribution::place_realms(&self.home.join("data/import"))?;
        let (reader, writer) = std::io::pipe().context("the system has no pipe to give")?;
        let mut shell = command("sh");
        shell.args(["-c", WATCHED, "keycloak"]).arg(&self.program).args(JVM);
        shell.arg(format!("-Dkc.home.dir={}", self.home.display()));
        shell.arg(format!("-Djboss.server.config.dir={}", self.home.join("conf").display()));
        shell.arg("-cp").arg(self.home.join("lib/quarkus-run.jar"));
        shell.arg("io.quarkus.bootstrap.runner.QuarkusEntryPoint");
        shell.args(["start", "--optimized", "--import-realm", "--http-enabled=true", "--hostname-strict=false"]);
        shell.args(["--http-host=127.0.0.1", "--cache=local", "--log-level=warn", &format!("--http-port={port}")]);
        shell.arg(format!(
            "--db-url=jdbc:h2:file:{}/keycloakdb;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE",
            self.database.display()
        ));
        shell.env("KC_BOOTSTRAP_ADMIN_USERNAME", &secrets.admin);
        shell.env("KC_BOOTSTRAP_ADMIN_PASSWORD", &secrets.admin_password);
        shell.env(VARIABLE, secrets.api_client_secret.as_deref().unwrap_or_default());
        if let Some(origin) = app_origin {
            shell.env("OTRS_APP_ORIGIN", origin);
        }
        let running = process::spawn(shell.stdin(reader), &format!("keycloak-{port}"))?;
        *self.life.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(writer);
        Ok(running)
    }
}

/// Tells whether a Java that Keycloak runs on is installed.
pub fn is_usable() -> bool {
    program().is_ok()
}

/// Java 17 or newer, by JAVA_HOME or PATH.
pub fn program() -> Result<PathBuf> {
    let by_home =
        std::env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin/java")).filter(|java| java.is_file());
    let Some(java) = by_home.or_else(|| find_program(&["java"])) else {
        bail!(
            "Keycloak needs Java 17 or newer: install it with Maven (Debian: apt-get install openjdk-17-jre-headless maven), \
             start Docker or Podman, or set KEYCLOAK_URL to a running Keycloak"
        );
    };
    let version = answer(command(&java).args(["--version"])).as_deref().and_then(major);
    match version {
        Some(version) if version >= 17 => Ok(java),
        _ => bail!(
            "Keycloak needs Java 17 or newer and the installed one is older: install a newer one or point JAVA_HOME to it"
        ),
    }
}

/// The 17 of "openjdk 17.0.15 2025-04-15".
fn major(text: &str) -> Option<u32> {
    let number = text.split_whitespace().nth(1)?;
    number.split(['.', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_all_spellings() {
        assert_eq!(major("openjdk 17.0.15 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(major("java 25 2025-09-16 LTS"), Some(25));
        assert_eq!(major("openjdk 26-ea 2026-03-17"), Some(26));
    }
}
