//! Makes the package's scripts: the loader with wasm-bindgen's glue, and the other entries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::build::{Module, Variant};
use crate::classic;
use crate::embed;
use crate::entries::{ENTRIES, Entry, Form, Wasm};
use crate::integrity;
use crate::process::{command, root, run as run_command};

pub const LIMIT: Duration = Duration::from_secs(60);

/// Puts all scripts, types and modules into one folder, then swaps that in, so that nobody ever sees half a package.
pub fn bundle(variant: Variant) -> Result<()> {
    let new = variant.work().join("dist");
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new)?;
    for entry in &ENTRIES {
        let sources = sources(variant, entry)?;
        let out = new.join(entry.file);
        match entry.form {
            Form::Module => run_command(esbuild(entry, &sources, &out).arg("--minify"), "esbuild", LIMIT)?,
            Form::Classic => classic::script(entry, &sources, &out)?,
        }
    }
    copy_by_end(&root().join("src/npm"), &new, ".d.ts")?;
    for module in Module::ALL {
        fs::copy(variant.work().join("shipped").join(module.file()), new.join(module.file()))?;
    }
    integrity::write(&new)?;

    let dist = variant.dist();
    if dist.exists() {
        fs::remove_dir_all(&dist).context("the old build output cannot be removed")?;
    }
    fs::rename(&new, &dist).context("the build output cannot be put in place")
}

/// What this script is made of.
fn sources(variant: Variant, entry: &Entry) -> Result<PathBuf> {
    let shipped = variant.work().join("shipped");
    let sources = variant.work().join("scripts").join(entry.file);
    let _ = fs::remove_dir_all(&sources);
    fs::create_dir_all(&sources)?;
    fs::copy(shipped.join("otrs_auth.js"), sources.join("otrs_auth.js"))?;
    copy_by_end(&root().join("src/npm"), &sources, ".js")?;
    if entry.wasm == Wasm::Inside {
        fs::rename(sources.join("embedded.js"), sources.join("wasm.js"))?;
        fs::write(sources.join("bytes.js"), embed::module(&fs::read(shipped.join(Module::Full.file()))?))?;
    }
    Ok(sources)
}

/// Bundlers find the wasm by `new URL(…, import.meta.url)`, which esbuild leaves as it is.
pub fn esbuild(entry: &Entry, sources: &Path, out: &Path) -> Command {
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild
        .args(["--bundle", "--format=esm", "--charset=utf8", "--log-level=warning"])
        .arg(format!("--target={}", entry.target))
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
