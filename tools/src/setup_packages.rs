//! Programs that come from elsewhere: Debian's packages, cargo-installed tools, browsers and drivers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{answer, command, find_program, is_root, root, run};
use crate::setup::step;

/// The browsers and drivers of the machine.
pub struct Browsers {
    pub chromedriver: PathBuf,
}

pub fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && find_program(&["apt-get"]).is_some()
}

/// A command with the rights to install, never asking for a password.
pub fn as_root(program: &str) -> Result<Command> {
    if is_root() {
        return Ok(command(program));
    }
    if answer(command("sudo").args(["-n", "true"])).is_none() {
        bail!("installing needs root: run \"sudo -v\" first, or run this as root once");
    }
    let mut sudo = command("sudo");
    sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", program]);
    Ok(sudo)
}

/// Installs those of the packages that are missing.
pub fn debian_install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("Debian packages: {}", missing.join(" ")), || {
        let apt = || -> Result<Command> {
            let mut apt = as_root("apt-get")?;
            apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"]);
            Ok(apt)
        };
        run(apt()?.arg("update"), "apt-update", Duration::from_secs(300))?;
        run(apt()?.args(["install", "--no-install-recommends"]).args(&missing), "apt-install", Duration::from_secs(900))
    })
}

fn is_installed(package: &str) -> bool {
    answer(command("dpkg-query").args(["-W", "-f", "${Status}", package]))
        .is_some_and(|status| status == "install ok installed")
}

/// Chromium, Firefox and WebKit with their drivers; geckodriver comes by cargo.
pub fn browsers() -> Result<Browsers> {
    if is_debian() {
        debian_install(&["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb", "xauth"])?;
    }
    for (names, what) in [
        (["chromium", "google-chrome"], "Chromium is missing: install it (the package chromium on Debian)"),
        (["firefox", "firefox-esr"], "Firefox is missing: install it (the package firefox-esr on Debian)"),
    ] {
        if find_program(&names).is_none() {
            bail!("{what}");
        }
    }
    match find_program(&["chromedriver"]) {
        Some(chromedriver) => Ok(Browsers { chromedriver }),
        None => bail!("chromedriver is missing: install the one of your Chromium's version"),
    }
}

/// The minifier of OTOBO and Znuny.
pub fn minifier() -> Result<()> {
    let ready = || answer(command("perl").args(["-MJavaScript::Minifier::XS", "-e", "1"])).is_some();
    if !ready() && is_debian() {
        debian_install(&["libjavascript-minifier-xs-perl"])?;
    }
    if !ready() {
        bail!("Perl's JavaScript::Minifier::XS is missing: install it (libjavascript-minifier-xs-perl on Debian)");
    }
    Ok(())
}

/// A C++ compiler, for libFuzzer.
pub fn cpp_compiler() -> Result<()> {
    if find_program(&["c++"]).is_none() && is_debian() {
        debian_install(&["g++"])?;
    }
    match find_program(&["c++"]) {
        Some(_) => Ok(()),
        None => bail!("a C++ compiler is missing: install the package g++"),
    }
}

/// rustfmt and clippy of the compiler that checks the sources.
pub fn linters() -> Result<()> {
    let ready = |tool: &str| answer(command("cargo").args([tool, "--version"])).is_some();
    if ready("fmt") && ready("clippy") {
        return Ok(());
    }
    if find_program(&["rustup"]).is_some() {
        step("rustfmt and clippy: rustup component add", || {
            run(
                command("rustup").args(["component", "add", "rustfmt", "clippy"]),
                "rustup-linters",
                Duration::from_secs(60),
            )
        })?;
    } else if is_installed("cargo-web") {
        debian_install(&["rust-web-clippy", "rustfmt-web"])?;
    }
    if !ready("fmt") || !ready("clippy") {
        bail!("rustfmt and clippy are missing: install them with \"rustup component add rustfmt clippy\"");
    }
    Ok(())
}

/// A tool that cargo installs, of exactly this version. It goes into a folder of its own per version,
/// shared by all checkouts of this user, so that no other project's tool is replaced.
pub fn cargo_tool(package: &str, program: &str, version: &str, locked: bool) -> Result<PathBuf> {
    let folder = user_cache()?.join(format!("{package}-{version}"));
    let installed = folder.join("bin").join(program);
    for place in find_program(&[program]).into_iter().chain([installed.clone()]) {
        let said = answer(command(&place).arg("--version")).unwrap_or_default();
        if said.lines().next().unwrap_or_default().split_whitespace().any(|word| word == version) {
            return Ok(place);
        }
    }
    step(&format!("{package} {version}: cargo install (a few minutes)"), || {
        let mut cargo = command("cargo");
        cargo.args(["install", package, "--version", version, "--root"]).arg(&folder);
        // Inside the user's folder, not in a target folder that the caller may share with this project.
        cargo.env_remove("CARGO_TARGET_DIR");
        if locked {
            cargo.arg("--locked");
        }
        run(&mut cargo, &format!("install-{package}"), Duration::from_secs(2400))
    })?;
    Ok(installed)
}

fn user_cache() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    match base.or_else(home) {
        Some(folder) => Ok(folder.join("otrs-auth/tools")),
        None => bail!("HOME is not set: set it to a folder where tools can be installed"),
    }
}

/// The version of a crate in Cargo.lock.
pub fn locked_version(name: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock is missing: check it out again")?;
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\""));
    match lines.nth(1).and_then(|line| line.strip_prefix("version = \"")) {
        Some(rest) => Ok(rest.trim_end_matches('"').to_string()),
        None => bail!("{name} is not in Cargo.lock: run \"cargo update\" and commit the file"),
    }
}
