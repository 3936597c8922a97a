//! What is in the archive: what package.json lists, nothing that points elsewhere, and hashes that are right.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::consumers::files_below;
use crate::integrity;
use crate::process::root;

/// npm adds these whether `files` names them or not.
const ALWAYS: [&str; 2] = ["package.json", "README.md"];

/// Scripts that npm would run on a consumer's machine.
const INSTALL_SCRIPTS: [&str; 6] = ["preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare"];

/// Exactly what package.json lists, and all of it.
pub fn check(package: &Path, wrong: &mut Vec<String>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    files_below(package, &mut files)?;
    let files: Vec<PathBuf> = files.iter().filter_map(|file| Some(file.strip_prefix(package).ok()?.into())).collect();
    let manifest = manifest(package)?;
    let listed = manifest["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let listed: Vec<&str> = listed.chain(ALWAYS).collect();
    for name in &listed {
        if !package.join(name).exists() {
            wrong.push(format!("{name} is missing from the package"));
        }
    }
    for file in &files {
        let is_listed = listed.iter().any(|name| file.starts_with(name));
        let is_known = file.parent() != Some(Path::new("dist")) || in_dist(file);
        if !is_listed || !is_known {
            wrong.push(format!("{} does not belong in the package", file.display()));
        }
    }
    self_contained(package, &manifest, &files, wrong)?;
    hashes(package, wrong)?;
    Ok(files)
}

/// Loaders, their types, the wasm and hashes of those; nothing that was left over from a build.
fn in_dist(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    [".js", ".d.ts", "_bg.wasm"].iter().any(|end| name.ends_with(end)) || integrity::FILES.contains(&&*name)
}

/// Nothing to install, nothing to run, nothing that points at the machine it was built on.
fn self_contained(package: &Path, manifest: &Value, files: &[PathBuf], wrong: &mut Vec<String>) -> Result<()> {
    for name in INSTALL_SCRIPTS.iter().filter(|name| manifest["scripts"][**name].is_string()) {
        wrong.push(format!("package.json has an install script: {name}"));
    }
    let peers = manifest["peerDependencies"].as_object().into_iter().flatten();
    for (name, _) in peers.filter(|(name, _)| manifest["peerDependenciesMeta"][name]["optional"] != true) {
        wrong.push(format!("package.json needs the peer {name}: the package must work alone"));
    }
    for kind in ["dependencies", "optionalDependencies"] {
        if manifest[kind].as_object().is_some_and(|map| !map.is_empty()) {
            wrong.push(format!("package.json has {kind}: the package must work alone"));
        }
    }
    let here = root().to_string_lossy().into_owned();
    for file in files {
        let bytes = fs::read(package.join(file))?;
        let text = String::from_utf8_lossy(&bytes);
        for sign in [here.as_str(), "/.cargo/registry/", "/rustlib/src/"] {
            if text.contains(sign) {
                wrong.push(format!("{} holds a path of the machine it was built on", file.display()));
            }
        }
    }
    Ok(())
}

/// Both files name all others with hashes that fit.
fn hashes(package: &Path, wrong: &mut Vec<String>) -> Result<()> {
    let dist = package.join("dist");
    for (name, right) in integrity::FILES.iter().zip(integrity::of(&dist)?) {
        if fs::read_to_string(dist.join(name)).ok().as_ref() != Some(&right) {
            wrong.push(format!("dist/{name} does not fit the files beside it"));
        }
    }
    Ok(())
}

fn manifest(package: &Path) -> Result<Value> {
    let text = fs::read_to_string(package.join("package.json")).context("the package has no package.json")?;
    serde_json::from_str(&text).context("package.json is not valid JSON")
}
