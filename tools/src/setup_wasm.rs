//! The wasm32 target, by the first of three ways that works: it is there; rustup adds it; Debian's
//! packages bring a compiler and the sources of the standard library, which is then built once.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{answer, cache, command, find_program, path_with, run};
use crate::setup::step;
use crate::setup_packages::{as_root, debian_install, is_debian};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 6] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22", "libc6-dev"];

/// A Rust compiler that has the wasm32 target.
#[derive(Clone)]
pub struct WasmToolchain {
    /// How it came here, for people.
    pub name: &'static str,
    /// What its rustc says of itself: another compiler makes another package.
    pub version: String,
    /// PATH with its cargo and rustc in front.
    pub path: OsString,
    /// Whether the sources of the standard library are there, to build a smaller one.
    pub has_std_sources: bool,
}

impl WasmToolchain {
    fn new(name: &'static str, path: OsString) -> Self {
        let sources = rustc(&path, &["--print", "sysroot"])
            .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock").exists());
        let version = rustc(&path, &["--version"]).unwrap_or_default();
        Self { name, version, path, has_std_sources: sources }
    }

    /// A command that uses this compiler.
    pub fn command(&self, program: &str) -> Command {
        with_path(program, &self.path)
    }
}

/// A compiler with the target, installing one if there is none.
pub fn ensure() -> Result<WasmToolchain> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if find_program(&["rustup"]).is_some() {
        // Only rustup's own server has the target: give up soon where it cannot be reached.
        let added = step("wasm32 target: rustup target add", || rustup(&["target", "add", TARGET]));
        if added.is_ok() {
            // Not needed to build, only for the smaller standard library of the npm release.
            let _ = step("sources of the standard library: rustup component add", || {
                rustup(&["component", "add", "rust-src"])
            });
        }
        if let Some(found) = find() {
            return Ok(found);
        }
    }
    if !is_debian() {
        bail!("the Rust target {TARGET} is missing: run \"rustup target add {TARGET}\"");
    }
    debian_install(&DEBIAN_PACKAGES)?;
    step("wasm32 target: building the standard library from Debian's sources", build_std)?;
    match find() {
        Some(found) => Ok(found),
        None => bail!("the Rust target {TARGET} is still missing after building it: see .cache/logs/wasm-std.log"),
    }
}

/// A compiler on this machine that has the target already.
fn find() -> Option<WasmToolchain> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if has_target(&path) {
        return Some(WasmToolchain::new("the Rust on PATH", path));
    }
    let debian = debian_path();
    has_target(&debian).then(|| WasmToolchain::new("Debian's Rust, standard library built from its sources", debian))
}

fn debian_path() -> OsString {
    path_with(Path::new("/usr/bin"), &std::env::var_os("PATH").unwrap_or_default())
}

/// The program is looked up by hand, because a command's own PATH does not count for finding it
/// on every system.
fn with_path(program: &str, path: &OsString) -> Command {
    let file = std::env::split_paths(path).map(|dir| dir.join(program)).find(|file| file.is_file());
    let mut command = command(file.unwrap_or_else(|| PathBuf::from(program)));
    command.env("PATH", path);
    command
}

fn rustc(path: &OsString, args: &[&str]) -> Option<String> {
    answer(with_path("rustc", path).args(args))
}

fn has_target(path: &OsString) -> bool {
    rustc(path, &["--print", "target-libdir", "--target", TARGET])
        .and_then(|folder| fs::read_dir(folder).ok())
        .is_some_and(|mut files| files.next().is_some())
}

fn rustup(args: &[&str]) -> Result<()> {
    run(command("rustup").args(args), "rustup", Duration::from_secs(60))
}

/// Builds the standard library with an empty crate and puts it where the compiler looks for it.
fn build_std() -> Result<()> {
    let seed = cache("wasm-std");
    fs::create_dir_all(seed.join("src")).context("the folder .cache cannot be written")?;
    // Its own workspace, or cargo takes it for a stray member of the project's.
    let manifest = "[package]\nname = \"stdseed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(seed.join("Cargo.toml"), manifest)?;
    fs::write(seed.join("src/lib.rs"), "#![no_std]\n")?;
    let debian = debian_path();
    let mut cargo = with_path("cargo", &debian);
    cargo
        .current_dir(&seed)
        .args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET, "--target-dir", "target"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes");
    run(&mut cargo, "wasm-std", Duration::from_secs(600))?;

    let built = seed.join("target").join(TARGET).join("release/deps");
    let ready = seed.join("lib");
    let _ = fs::remove_dir_all(&ready);
    fs::create_dir_all(&ready)?;
    for file in fs::read_dir(&built)?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libstdseed-") {
            fs::copy(file.path(), ready.join(name))?;
        }
    }
    let Some(sysroot) = rustc(&debian, &["--print", "sysroot"]) else { bail!("Debian's rustc does not start") };
    install(&ready, &Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib"))?;
    let _ = fs::remove_dir_all(&seed);
    Ok(())
}

/// Copies beside the place, then renames: another build never sees half a library.
fn install(from: &Path, to: &Path) -> Result<()> {
    let script = r#"set -e; mkdir -p "$(dirname "$2")"; rm -rf "$2" "$2.new"; cp -r "$1" "$2.new"; mv "$2.new" "$2""#;
    let mut shell = as_root("sh")?;
    shell.args(["-c", script, "sh"]).arg(from).arg(to);
    run(&mut shell, "wasm-std-install", Duration::from_secs(60))
}
