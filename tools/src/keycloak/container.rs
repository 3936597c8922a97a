//! Keycloak as a container of the official image.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};

use super::VERSION;
use super::secret::{Secrets, VARIABLE};
use crate::process::{self, answer, command, root};
use crate::setup::step;

/// The first container engine that really answers; a client without its service does not count.
pub fn engine() -> Option<&'static str> {
    ["docker", "podman"].into_iter().find(|program| {
        // `docker info` without a format succeeds on some versions although no service answers.
        let version = answer(command(program).args(["version", "--format", "{{.Server.Version}}"]));
        version.is_some_and(|text| !text.is_empty())
            && command(program)
                .arg("info")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    })
}

/// One database, in a volume of its own.
pub struct Container {
    program: &'static str,
    name: String,
    once: bool,
}

impl Container {
    /// Fetches the image if it is not there.
    pub fn new(program: &'static str, folder: &Path, once: bool) -> Result<Self> {
        if answer(command(program).args(["image", "inspect", &image()])).is_none() {
            let mut pull = command(program);
            pull.args(["pull", &image()]);
            step(&format!("fetching the image of Keycloak {VERSION}"), || {
                process::run(&mut pull, "keycloak-image", Duration::from_secs(900))
            })
            .with_context(|| format!("{program} cannot fetch Keycloak's image: check the network"))?;
        }
        let folder = folder.file_name().map_or("data".into(), |name| name.to_string_lossy());
        Ok(Self { program, name: format!("otrs-auth-keycloak-{folder}"), once })
    }

    /// The engine's program.
    pub fn program(&self) -> &str {
        self.program
    }

    /// Starts the container in the foreground of a child: ending the child ends the container.
    pub fn start(&self, port: u16, secrets: &Secrets, app_origin: Option<&str>) -> Result<process::Running> {
        self.remove();
        let mut run = command(self.program);
        run.args(["run", "--rm", "--init", "--name", &self.name, "--publish", &format!("127.0.0.1:{port}:8080")]);
        run.args(["--volume", &format!("{}:/opt/keycloak/data", self.name)]);
        run.args(["--volume", &format!("{}:/opt/keycloak/data/import:ro,z", root().join("keycloak").display())]);
        // Names only: values on a command line can be read by every user of the machine.
        for name in [
            "KC_BOOTSTRAP_ADMIN_USERNAME",
            "KC_BOOTSTRAP_ADMIN_PASSWORD",
            VARIABLE,
            "JAVA_OPTS_KC_HEAP",
            "OTRS_DEMO_PASSWORD",
        ] {
            run.args(["--env", name]);
        }
        run.env("KC_BOOTSTRAP_ADMIN_USERNAME", &secrets.admin);
        run.env("KC_BOOTSTRAP_ADMIN_PASSWORD", &secrets.admin_password);
        run.env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx384m");
        run.env(VARIABLE, secrets.api_client_secret.as_deref().unwrap_or_default());
        if std::env::var_os("OTRS_DEMO_PASSWORD").is_none() {
            run.env("OTRS_DEMO_PASSWORD", crate::accounts::DEFAULT_PASSWORD);
        }
        if let Some(origin) = app_origin {
            run.args(["--env", "OTRS_APP_ORIGIN"]).env("OTRS_APP_ORIGIN", origin);
        }
        run.arg(image()).args(["start-dev", "--import-realm", "--log-level=warn"]);
        process::spawn(&mut run, &format!("keycloak-{port}"))
    }

    /// Holds what runs in it, or lets it go on.
    pub fn hold(&self, held: bool) {
        let _ = answer(command(self.program).args([if held { "pause" } else { "unpause" }, &self.name]));
    }

    /// What a killed run left behind would hold the name and the port.
    fn remove(&self) {
        let _ = answer(command(self.program).args(["rm", "--force", &self.name]));
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.remove();
        if self.once {
            let _ = answer(command(self.program).args(["volume", "rm", "--force", &self.name]));
        }
    }
}

fn image() -> String {
    format!("quay.io/keycloak/keycloak:{VERSION}")
}
