//! Makes the package's scripts: the loader with wasm-bindgen's glue, and the other entries.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::build::{Module, Variant};
use crate::entries::{ENTRIES, Entry};
use crate::process::{command, root, run as run_command};

/// Puts all scripts, types and modules into one folder, then swaps that in, so that nobody ever sees half a package.
pub fn bundle(variant: Variant) -> Result<()> {
    let shipped = variant.work().join("shipped");
    let sources = variant.work().join("sources");
    let _ = fs::remove_dir_all(&sources);
    fs::create_dir_all(&sources)?;
    fs::copy(shipped.join("otrs_auth.js"), sources.join("otrs_auth.js"))?;
    copy_by_end(&root().join("src/npm"), &sources, ".js")?;

    let new = variant.work().join("dist");
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new)?;
    for entry in &ENTRIES {
        run_command(&mut esbuild(entry, &sources, &new.join(entry.file)), "esbuild", Duration::from_secs(60))?;
    }
    copy_by_end(&root().join("src/npm"), &new, ".d.ts")?;
    for module in Module::ALL {
        fs::copy(shipped.join(module.file()), new.join(module.file()))?;
    }

    let dist = variant.dist();
    if dist.exists() {
        fs::remove_dir_all(&dist).context("the old build output cannot be removed")?;
    }
    fs::rename(&new, &dist).context("the build output cannot be put in place")
}

/// Bundlers find the wasm by `new URL(…, import.meta.url)`, which esbuild leaves as it is.
fn esbuild(entry: &Entry, sources: &Path, out: &Path) -> Command {
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild
        .args(["--bundle", "--minify", "--charset=utf8", "--log-level=warning"])
        .args([format!("--format={}", entry.format), format!("--target={}", entry.target)])
        .args(entry.external.iter().map(|name| format!("--external:{name}")))
        // Warnings of wasm-bindgen's about calls that the loader does not make.
        .arg("--drop:console")
        .arg(format!("--outfile={}", out.display()))
        .arg(sources.join(entry.source));
    esbuild
}

/// The files of this folder, but not of those in it, whose names end so.
fn copy_by_end(from: &Path, to: &Path, end: &str) -> Result<()> {
    for file in fs::read_dir(from)?.flatten() {
        if file.file_name().to_string_lossy().ends_with(end) {
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}
