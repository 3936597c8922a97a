//! Keycloak as a container of the official image.
//!
//! A container is no child of this program: it lives on when the client that started it is killed. So a caretaker waits
//! at a pipe, which closes when this program goes away in whatever manner, and then stops and removes the container.
//! What even the caretaker left behind, for example when the power failed, the next run removes: names tell whose it is.

use std::fs;
use std::io::PipeWriter;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ring::digest::{SHA256, digest};

use super::distribution::{WITHOUT, place_realms};
use super::secret::{Secrets, VARIABLE};
use super::{VERSION, is_gone, is_left_behind};
use crate::process::{self, answer, cache, command};
use crate::setup::step;

/// Its own group keeps it from a terminal's Ctrl-C. A container that is held cannot be stopped.
const CARETAKER: &str = r#"cat >/dev/null
"$1" unpause "$2"; "$1" stop "$2"; "$1" rm --force "$2"
[ -z "$3" ] || "$1" volume rm --force "$3""#;

/// For a quick start and a small process, not for load, as without a container.
const JVM: &str = "-XX:-UseG1GC -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

/// The first container engine that really answers; a client without its service does not count.
pub fn engine() -> Option<&'static str> {
    // A list needs the service and the right to use it. `docker info` succeeds on some versions although no service
    // answers, and podman has no service whose version could be asked for.
    ["docker", "podman"].into_iter().find(|program| answer(command(program).args(["ps", "--quiet"])).is_some())
}

/// Fetches the image if it is not there, and sees whether this engine can run it: one may lack its network, its init or
/// a right.
pub fn prepare(program: &str) -> Result<()> {
    if answer(command(program).args(["image", "inspect", &image()])).is_none() {
        let mut pull = command(program);
        pull.args(["pull", &image()]);
        step(&format!("fetching the image of Keycloak {VERSION}"), || {
            process::run(&mut pull, LOG, Duration::from_secs(900))
        })?;
    }
    let mut nothing = command(program);
    nothing.args(["run", "--rm", "--init", "--entrypoint", "sh", &image(), "-c", ":"]);
    process::run(&mut nothing, LOG, Duration::from_secs(60))
}

/// Where the engine's words about the image are.
pub const LOG: &str = "keycloak-image";

/// One database, in a volume of its own.
pub struct Container {
    program: &'static str,
    name: String,
    volume: String,
    import: PathBuf,
    life: Option<PipeWriter>,
    caretaker: Child,
}

impl Container {
    /// For the database of this folder, which goes with the handle if it is for one run.
    pub fn new(program: &'static str, folder: &Path, once: bool) -> Result<Self> {
        clear_left_behind(program);
        let folder_name = folder.file_name().map_or("data".into(), |name| name.to_string_lossy());
        let volume = format!("{}{folder_name}", prefix());
        if list(program, &["ps", "--format", "{{.Names}}"]).iter().any(|name| is_of_other_run(name, &volume)) {
            bail!("the database is in use by another Keycloak: stop the other npm start first");
        }
        // A folder that was removed, as --fresh does, is a database that was removed: another one has other secrets.
        let mark = folder.join("volume");
        if !mark.exists() {
            let _ = answer(command(program).args(["volume", "rm", "--force", &volume]));
            fs::write(&mark, &volume).context("the folder .cache cannot be written")?;
        }
        let name = format!("{volume}.{}", std::process::id());
        let (reader, life) = std::io::pipe().context("the system has no pipe to give")?;
        let caretaker = command("sh")
            .args(["-c", CARETAKER, "caretaker", program, &name, if once { &volume } else { "" }])
            .stdin(reader)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("a shell cannot be started")?;
        Ok(Self { program, name, volume, import: folder.join("import"), life: Some(life), caretaker })
    }

    /// The engine's program.
    pub fn program(&self) -> &str {
        self.program
    }

    /// Starts the container in the foreground of a child: asking the child to end stops the container.
    pub fn start(&self, port: u16, secrets: &Secrets, app_origin: Option<&str>) -> Result<process::Running> {
        // A stop that took too long leaves it behind.
        let _ = answer(command(self.program).args(["rm", "--force", &self.name]));
        place_realms(&self.import)?;
        let mut run = command(self.program);
        run.args(["run", "--rm", "--init", "--name", &self.name, "--publish", &format!("127.0.0.1:{port}:8080")]);
        run.args(["--volume", &format!("{}:/opt/keycloak/data", self.volume)]);
        run.args(["--volume", &format!("{}:/opt/keycloak/data/import:ro,z", self.import.display())]);
        // Names only: values on a command line can be read by every user of the machine.
        for name in [
            "KC_BOOTSTRAP_ADMIN_USERNAME",
            "KC_BOOTSTRAP_ADMIN_PASSWORD",
            VARIABLE,
            "JAVA_OPTS_KC_HEAP",
            "JAVA_OPTS_APPEND",
            "OTRS_DEMO_PASSWORD",
        ] {
            run.args(["--env", name]);
        }
        run.env("KC_BOOTSTRAP_ADMIN_USERNAME", &secrets.admin);
        run.env("KC_BOOTSTRAP_ADMIN_PASSWORD", &secrets.admin_password);
        run.env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx384m").env("JAVA_OPTS_APPEND", JVM);
        run.env(VARIABLE, secrets.api_client_secret.as_deref().unwrap_or_default());
        if std::env::var_os("OTRS_DEMO_PASSWORD").is_none() {
            run.env("OTRS_DEMO_PASSWORD", crate::accounts::DEFAULT_PASSWORD);
        }
        if let Some(origin) = app_origin {
            run.args(["--env", "OTRS_APP_ORIGIN"]).env("OTRS_APP_ORIGIN", origin);
        }
        run.arg(image()).args(["start", "--db=dev-file", WITHOUT, "--import-realm", "--http-enabled=true"]);
        run.args(["--hostname-strict=false", "--cache=local", "--log-level=warn"]);
        process::spawn(&mut run, &format!("keycloak-{port}"))
    }

    /// Holds what runs in it, or lets it go on.
    pub fn hold(&self, held: bool) {
        let _ = answer(command(self.program).args([if held { "pause" } else { "unpause" }, &self.name]));
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.life = None;
        let _ = self.caretaker.wait();
    }
}

/// Removes what runs left behind whose program is gone: it would hold the port and fill the disk.
pub fn clear_left_behind(program: &str) {
    let prefix = prefix();
    for name in list(program, &["ps", "--all", "--format", "{{.Names}}"]) {
        if name.strip_prefix(&prefix).and_then(|rest| rest.rsplit_once('.')).is_some_and(|(_, pid)| is_gone(pid)) {
            let _ = answer(command(program).args(["rm", "--force", &name]));
        }
    }
    for name in list(program, &["volume", "ls", "--format", "{{.Name}}"]) {
        if name.strip_prefix(&prefix).is_some_and(is_left_behind) {
            let _ = answer(command(program).args(["volume", "rm", "--force", &name]));
        }
    }
}

/// Tells whether this is a container on this volume, of another program that still runs.
fn is_of_other_run(container: &str, volume: &str) -> bool {
    let pid = container.strip_prefix(volume).and_then(|rest| rest.strip_prefix('.'));
    pid.is_some_and(|pid| pid != std::process::id().to_string() && !is_gone(pid))
}

/// All projects on the machine share one engine, and each has a `.cache` of its own.
fn prefix() -> String {
    let place = cache("keycloak-data");
    let hash = digest(&SHA256, place.as_os_str().as_encoded_bytes());
    let short: String = hash.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("otrs-auth-keycloak-{short}-")
}

fn list(program: &str, args: &[&str]) -> Vec<String> {
    answer(command(program).args(args)).unwrap_or_default().lines().map(String::from).collect()
}

fn image() -> String {
    format!("quay.io/keycloak/keycloak:{VERSION}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No process has this number: the largest is smaller.
    const GONE: &str = "4194305";

    #[test]
    fn a_database_is_in_use_while_another_program_runs_on_it() {
        let volume = format!("{}start", prefix());
        assert!(is_of_other_run(&format!("{volume}.1"), &volume));
        let own = std::process::id();
        for other in [format!("{volume}.{own}"), format!("{volume}.{GONE}"), format!("{volume}-2.1"), volume.clone()] {
            assert!(!is_of_other_run(&other, &volume), "{other}");
        }
    }

    #[test]
    fn what_a_killed_program_left_behind_is_told_by_its_name() {
        assert!(is_left_behind(&format!("once-{GONE}-0a1b")));
        for kept in [format!("once-{}-0a1b", std::process::id()), "start".into(), "once-".into()] {
            assert!(!is_left_behind(&kept), "{kept}");
        }
    }

    /// An engine of one line of shell: the caretaker's calls are what counts.
    #[test]
    fn the_caretaker_removes_container_and_volume_when_the_pipe_closes() {
        let folder = cache("test-caretaker");
        fs::create_dir_all(&folder).expect("a folder");
        let (calls, engine) = (folder.join("calls"), folder.join("engine"));
        fs::write(&engine, format!("#!/bin/sh\necho \"$*\" >>{}\n", calls.display())).expect("a script");
        let _ = answer(command("chmod").arg("755").arg(&engine));
        let _ = fs::remove_file(&calls);
        let engine = engine.display().to_string();
        let run = |volume| answer(command("sh").args(["-c", CARETAKER, "caretaker", &engine, "name", volume]));
        run("");
        let without = fs::read_to_string(&calls).expect("calls");
        assert_eq!(without, "unpause name\nstop name\nrm --force name\n");
        run("its");
        assert!(fs::read_to_string(&calls).expect("calls").ends_with("volume rm --force its\n"));
    }
}
