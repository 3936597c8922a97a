//! `npm start`: the demo with its Keycloak, until Ctrl-C.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::build::{self, Variant};
use crate::process::cache;
use crate::{accounts, examples, keycloak, realm_check, server, setup};

const APP_PORT: u16 = 3001;
const KEYCLOAK_PORT: u16 = 8180;

struct Wishes {
    fresh: bool,
    port: u16,
    keycloak_port: u16,
}

/// `start [--fresh] [--port N] [--keycloak-port N]`.
pub fn run(args: &[String]) -> Result<()> {
    let begin = Instant::now();
    let wishes = wishes(args)?;
    // Told before minutes of building, not after.
    keycloak::free(wishes.port).context("the demo cannot start there")?;
    if std::env::var_os("KEYCLOAK_URL").is_none() {
        keycloak::free_for_keycloak(wishes.keycloak_port)?;
    }
    build::package(Variant::Npm, &setup::for_build()?)?;
    examples::ready()?;
    let keycloak = start_keycloak(&wishes)?;
    let address = SocketAddr::from(([127, 0, 0, 1], wishes.port));
    let server = server::start(address, keycloak.base_url())?;
    report_drift(&keycloak);
    announce(&server.base_url, &keycloak);
    println!("\nReady after {:.0} s. Ctrl-C stops it all.", begin.elapsed().as_secs_f64());
    // The signal handler of the program ends the children and the program.
    loop {
        std::thread::park();
    }
}

fn wishes(args: &[String]) -> Result<Wishes> {
    let mut wishes = Wishes { fresh: false, port: APP_PORT, keycloak_port: KEYCLOAK_PORT };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--fresh" => wishes.fresh = true,
            "--port" => wishes.port = number(args.next())?,
            "--keycloak-port" => wishes.keycloak_port = number(args.next())?,
            other => bail!("{other} is not an option of start: use --fresh, --port N or --keycloak-port N"),
        }
    }
    Ok(wishes)
}

fn number(text: Option<&String>) -> Result<u16> {
    match text.and_then(|text| text.parse().ok()) {
        Some(port) if port > 0 => Ok(port),
        _ => bail!("a port is a number from 1 to 65535"),
    }
}

fn start_keycloak(wishes: &Wishes) -> Result<keycloak::Running> {
    let data = cache("keycloak-data").join("start");
    if wishes.fresh && data.exists() {
        std::fs::remove_dir_all(&data).context("the data of the last run cannot be removed")?;
    }
    let options = keycloak::Options {
        port: Some(wishes.keycloak_port),
        data_dir: Some(data),
        app_origins: vec![format!("http://localhost:{}", wishes.port)],
    };
    println!("starting Keycloak ...");
    let begin = Instant::now();
    let keycloak = keycloak::start(&options)?;
    println!("{}: ready after {:.0} s", keycloak.description, begin.elapsed().as_secs_f64());
    Ok(keycloak)
}

/// An import leaves existing realms alone, so data of an earlier run can differ from the files.
fn report_drift(keycloak: &keycloak::Running) {
    let options = realm_check::Options { writes: false, ..realm_check::Options::of(keycloak) };
    match realm_check::check(&keycloak.admin(), &options) {
        Ok(report) if report.drift().is_empty() => {}
        Ok(report) => {
            println!("\nThe realms differ from the project's files:");
            for finding in report.drift() {
                println!("  {finding}");
            }
            println!("\"npm start -- --fresh\" begins again with new realms.");
        }
        Err(error) => println!("the realms could not be checked: {error:#}"),
    }
}

fn announce(demo: &str, keycloak: &keycloak::Running) {
    let secrets = keycloak.secrets();
    println!("\nDemo            {demo}");
    println!("  for agents    {demo}/agent/");
    println!("  for customers {demo}/customer/");
    println!("Keycloak        {}/admin/", keycloak.base_url());
    if std::env::var_os("KEYCLOAK_URL").is_none() {
        println!("  administrator {} / {}", secrets.admin, secrets.admin_password);
    }
    println!("\nDemo users, password {}:", accounts::password());
    print!("{}", accounts::table());
}
