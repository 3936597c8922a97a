//! Starts a Keycloak 26.4.0 with both realms: the one that is given, one in a container, or one on
//! Java, in this order. It is stopped when its handle is dropped.

mod container;
mod distribution;
mod java;
mod ready;
mod realms;
pub mod secret;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::admin::Admin;
use crate::http::Client;
use crate::process::{self, cache};
pub use distribution::REALM_FILES;
pub use secret::{Secrets, check_secret};

/// The version everything here is made for and checked against.
pub const VERSION: &str = "26.4.0";

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on the loopback address; none: a free one.
    pub port: Option<u16>,
    /// The folder that keeps the database; none: a new database that goes with the handle.
    pub data_dir: Option<PathBuf>,
    /// Origins of the front ends. The first takes the place of the realm files' default; further ones
    /// that the files do not list are added after the start. None: what the files list.
    pub app_origins: Vec<String>,
}

/// A Keycloak that answers and has both realms.
pub struct Running {
    base_url: String,
    secrets: Secrets,
    kind: Kind,
    /// What started it, for people.
    pub description: String,
    folder: Option<Folder>,
}

enum Kind {
    Given,
    Started { start: Box<Start>, process: Option<process::Running> },
}

/// Everything that one more start on the same data needs.
struct Start {
    engine: Engine,
    port: u16,
    secrets: Secrets,
    app_origin: Option<String>,
}

enum Engine {
    Java(java::Java),
    Container(container::Container),
}

/// The folder of one database.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// A folder for one run. Those of runs that were killed are cleared away here.
fn once() -> Result<Folder> {
    let all = cache("keycloak-data");
    for entry in std::fs::read_dir(&all).into_iter().flatten().flatten() {
        if is_left_behind(&entry.file_name().to_string_lossy()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let name = format!("once-{}-{}", std::process::id(), secret::random(6)?);
    Ok(Folder { path: all.join(name), keep: false })
}

/// Tells whether a database of this name was for one run, whose program is gone.
fn is_left_behind(name: &str) -> bool {
    name.strip_prefix("once-").and_then(|rest| rest.split('-').next()).is_some_and(is_gone)
}

fn is_gone(pid: &str) -> bool {
    pid.parse::<u32>().is_ok_and(|pid| !std::path::Path::new("/proc").join(pid.to_string()).exists())
}

/// Starts Keycloak and waits until both realms answer.
pub fn start(options: &Options) -> Result<Running> {
    let running = match std::env::var("KEYCLOAK_URL") {
        Ok(url) if !url.is_empty() => given(url.trim_end_matches('/'), options)?,
        _ => launch(options)?,
    };
    realms::add_origins(&running.admin(), &options.app_origins)?;
    Ok(running)
}

fn given(url: &str, options: &Options) -> Result<Running> {
    let (Ok(admin), Ok(admin_password)) = (std::env::var("KEYCLOAK_ADMIN"), std::env::var("KEYCLOAK_ADMIN_PASSWORD"))
    else {
        bail!(
            "KEYCLOAK_URL is set: set KEYCLOAK_ADMIN and KEYCLOAK_ADMIN_PASSWORD to an administrator of its master realm too"
        );
    };
    let api_client_secret = std::env::var(secret::VARIABLE).ok();
    let secrets = Secrets { admin, admin_password, api_client_secret };
    realms::import_missing(&Admin::new(url, &secrets), &secrets, options.app_origins.first())?;
    let description = format!("the Keycloak at {url}");
    Ok(Running { base_url: url.into(), secrets, kind: Kind::Given, description, folder: None })
}

fn launch(options: &Options) -> Result<Running> {
    let folder = match &options.data_dir {
        Some(path) => Folder { path: path.clone(), keep: true },
        None => once()?,
    };
    let port = match options.port {
        Some(port) if port != 0 => free(port)?,
        _ => any_port()?,
    };
    let secrets = secret::of_database(&folder.path)?;
    check_secret(secrets.api_client_secret.as_deref())?;
    let engine = engine(&folder)?;
    let description = match &engine {
        Engine::Java(_) => format!("Keycloak {VERSION} on Java"),
        Engine::Container(container) => format!("Keycloak {VERSION} in {}", container.program()),
    };
    let start = Start { engine, port, secrets: secrets.clone(), app_origin: options.app_origins.first().cloned() };
    let kind = Kind::Started { start: Box::new(start), process: None };
    let base_url = format!("http://localhost:{port}");
    let mut running = Running { base_url, secrets, kind, description, folder: Some(folder) };
    running.start_again()?;
    Ok(running)
}

/// A container engine that cannot fetch the image or run it is no reason to give up while Java is there.
fn engine(folder: &Folder) -> Result<Engine> {
    let Some(program) = container::engine() else {
        return Ok(Engine::Java(java::Java::new(&folder.path)?));
    };
    let Err(error) = container::prepare(program) else {
        return Ok(Engine::Container(container::Container::new(program, &folder.path, !folder.keep)?));
    };
    if !(java::is_usable() && distribution::is_available()) {
        return Err(error.context(format!(
            "{program} cannot fetch or run Keycloak's image: check the network and {program}, or install Java 17 or newer and Maven"
        )));
    }
    println!(
        "{program} cannot fetch or run Keycloak's image (.cache/logs/{}.log says why): using Java instead",
        container::LOG
    );
    Ok(Engine::Java(java::Java::new(&folder.path)?))
}

impl Running {
    /// The URL as the browser sees it, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The administrator's name and password and the secret of `otrs-api`.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A client of its admin API.
    pub fn admin(&self) -> Admin {
        Admin::new(&self.base_url, &self.secrets)
    }

    /// The folder of its database; none for a server that was there before.
    pub fn data_dir(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(|folder| folder.path.as_path())
    }

    /// Stops it and keeps the data. A server that was there before is left running.
    pub fn stop(&mut self) {
        if let Kind::Started { process, .. } = &mut self.kind {
            *process = None;
        }
    }

    /// Holds it where it is, so that whoever asks gets a connection and no answer, or lets it go on. A server that was
    /// there before is left alone.
    pub fn hold(&self, held: bool) {
        let Kind::Started { start, process: Some(process) } = &self.kind else { return };
        match &start.engine {
            Engine::Java(_) => process.hold(held),
            Engine::Container(container) => container.hold(held),
        }
    }

    /// Starts it again on the same data and port; does nothing while it runs.
    pub fn start_again(&mut self) -> Result<()> {
        let Kind::Started { start, process } = &mut self.kind else { return Ok(()) };
        if process.is_some() {
            return Ok(());
        }
        let mut started = match &start.engine {
            Engine::Java(java) => java.start(start.port, &start.secrets, start.app_origin.as_deref())?,
            Engine::Container(container) => container.start(start.port, &start.secrets, start.app_origin.as_deref())?,
        };
        ready::wait(&self.base_url, &mut started)?;
        *process = Some(started);
        Ok(())
    }
}

/// Tells whether a Keycloak answers there.
pub fn answers(url: &str) -> bool {
    let client = Client::new(Duration::from_secs(2));
    client.get(&format!("{url}/realms/master")).is_ok_and(|answer| answer.status == 200)
}

/// The port for Keycloak, if nothing listens there but what a killed run left behind, which is removed.
pub fn free_for_keycloak(port: u16) -> Result<u16> {
    if free(port).is_err()
        && let Some(program) = container::engine()
    {
        container::clear_left_behind(program);
    }
    free(port).context("Keycloak cannot start there")
}

/// The port, if nothing listens there.
pub fn free(port: u16) -> Result<u16> {
    TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!("port {port} is in use: stop the program that listens there, or choose another port")
    })?;
    Ok(port)
}

fn any_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port was found")?;
    Ok(listener.local_addr()?.port())
}
