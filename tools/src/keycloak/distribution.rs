//! The server's zip: fetched with Maven from its repository, unpacked once under `.cache/keycloak`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{VERSION, secret};
use crate::process::{self, answer, cache, command, find_program, root};
use crate::setup::step;

/// Megabytes for the zip, the unpacked server and a database.
const SPACE: u64 = 600;

/// What no realm here uses: without it the start is quicker.
pub const WITHOUT: &str =
    "--features-disabled=kerberos,organization,ciba,device-flow,impersonation,web-authn,passkeys,recovery-codes";

/// The realm files of the project.
pub const REALM_FILES: [&str; 2] = ["otrs-agents-realm.json", "otrs-customer-users-realm.json"];

/// Tells whether the server is there or can be fetched.
pub fn is_available() -> bool {
    home().is_dir() || find_program(&["mvn"]).is_some()
}

fn home() -> PathBuf {
    cache("keycloak").join(format!("keycloak-{VERSION}"))
}

/// The folder of the unpacked server, which is made if it is not there.
pub fn ensure() -> Result<PathBuf> {
    let home = home();
    if home.is_dir() {
        return Ok(home);
    }
    if find_program(&["mvn"]).is_none() {
        bail!(
            "Maven is missing, which fetches Keycloak: install it (Debian: apt-get install maven), \
             start Docker or Podman, or set KEYCLOAK_URL to a running Keycloak"
        );
    }
    fs::create_dir_all(cache("keycloak")).context("the folder .cache cannot be written")?;
    enough_space(&cache("keycloak"))?;
    // Unpacked beside its place and moved when complete: an interrupted or a parallel run does no harm.
    let work = cache("keycloak").join(format!("unpacking-{}", secret::random(6)?));
    fs::create_dir_all(&work)?;
    let outcome = prepare(&work, &home);
    let _ = fs::remove_dir_all(&work);
    outcome.map(|()| home)
}

fn prepare(work: &Path, home: &Path) -> Result<()> {
    step(&format!("fetching and unpacking Keycloak {VERSION} (160 MB)"), || unpack(work))?;
    let unpacked = work.join(format!("keycloak-{VERSION}"));
    step("preparing Keycloak for quick starts", || {
        let mut build = command(unpacked.join("bin/kc.sh"));
        build.args(["build", "--db=dev-file", WITHOUT]);
        process::run(&mut build, "keycloak-build", Duration::from_secs(300))
    })?;
    match fs::rename(&unpacked, home) {
        Err(_) if home.is_dir() => Ok(()),
        outcome => outcome.context("the unpacked Keycloak cannot be moved to its place in .cache"),
    }
}

/// A copy in the local Maven repository is enough; otherwise the network is asked.
fn unpack(work: &Path) -> Result<()> {
    let maven = |extra: &[&str]| {
        let mut maven = command("mvn");
        maven.current_dir(work).args(["-q", "-B"]).args(extra).arg("dependency:unpack");
        maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip")).arg("-DoutputDirectory=.");
        process::run(&mut maven, "keycloak-fetch", Duration::from_secs(900))
    };
    if maven(&["-o"]).is_ok() {
        return Ok(());
    }
    maven(&[]).context("Keycloak cannot be fetched: check the network and Maven's proxy and mirror settings")
}

fn enough_space(folder: &Path) -> Result<()> {
    let table = answer(command("df").args(["-Pm"]).arg(folder)).unwrap_or_default();
    let free =
        table.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)).and_then(|text| text.parse::<u64>().ok());
    match free {
        Some(free) if free < SPACE => {
            bail!("Keycloak needs about {SPACE} MB on the disk and {free} MB are free: free some and run this again")
        }
        _ => Ok(()),
    }
}

/// Puts the realm files where `--import-realm` reads them; several servers share the place. A container's
/// server is another user, who may not be let into the project's own folder.
pub fn place_realms(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for name in REALM_FILES {
        let wanted =
            fs::read(root().join("keycloak").join(name)).with_context(|| format!("keycloak/{name} cannot be read"))?;
        let file = folder.join(name);
        if fs::read(&file).is_ok_and(|there| there == wanted) {
            continue;
        }
        let part = folder.join(format!("{name}.{}", std::process::id()));
        fs::write(&part, wanted)?;
        fs::set_permissions(&part, fs::Permissions::from_mode(0o644))?;
        fs::rename(&part, &file)?;
    }
    Ok(())
}
