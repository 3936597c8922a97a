//! The package step: packs what npm would publish, unpacks it as a consumer gets it and uses it there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::build::{self, Module, Variant};
use crate::process::{cache, command, root, run as run_command};
use crate::setup::TestTools;
use crate::test_run::Outcome;

const LIMIT: Duration = Duration::from_secs(120);

/// npm adds these whether `files` names them or not.
const ALWAYS: [&str; 2] = ["package.json", "README.md"];

/// Scripts that npm would run on a consumer's machine.
const INSTALL_SCRIPTS: [&str; 6] = ["preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare"];

pub fn run(tools: &TestTools) -> Result<Outcome> {
    build::package(Variant::Npm, &tools.build)?;
    let consumer = cache("package-test");
    let _ = fs::remove_dir_all(&consumer);
    let package = consumer.join("node_modules/otrs-auth");
    fs::create_dir_all(&package)?;
    unpack(&consumer, &package)?;

    let mut wrong = Vec::new();
    let files = contents(&package, &mut wrong)?;
    self_contained(&package, &files, &mut wrong)?;
    copy_consumer(&consumer)?;
    for outcome in [import_in_node(&consumer), check_types(&consumer, &package), bundle(&consumer, &package)] {
        wrong.extend(outcome.err().map(|error| format!("{error:#}")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(Outcome::Passed(format!("{} files", files.len())))
}

fn unpack(consumer: &Path, package: &Path) -> Result<()> {
    let mut npm = command("npm");
    npm.args(["pack", "--ignore-scripts", "--pack-destination"]).arg(consumer);
    run_command(&mut npm, "npm-pack", LIMIT)?;
    let mut files = fs::read_dir(consumer)?.flatten().map(|file| file.path());
    let archive = files.find(|file| file.extension().is_some_and(|end| end == "tgz"));
    let archive = archive.context("npm pack made no archive: see .cache/logs/npm-pack.log")?;
    let mut tar = command("tar");
    tar.arg("-xzf").arg(archive).args(["--strip-components=1", "-C"]).arg(package);
    run_command(&mut tar, "unpack", LIMIT)
}

/// Exactly what package.json lists, and all of it.
fn contents(package: &Path, wrong: &mut Vec<String>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    files_below(package, &mut files)?;
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
    Ok(files)
}

/// Loaders, their types and the wasm; nothing that was left over from a build.
fn in_dist(file: &Path) -> bool {
    let name = file.to_string_lossy();
    [".js", ".d.ts", "_bg.wasm"].iter().any(|end| name.ends_with(end))
}

/// Nothing to install, nothing to run, nothing that points at the machine it was built on.
fn self_contained(package: &Path, files: &[PathBuf], wrong: &mut Vec<String>) -> Result<()> {
    let manifest = manifest(package)?;
    for name in INSTALL_SCRIPTS.iter().filter(|name| manifest["scripts"][**name].is_string()) {
        wrong.push(format!("package.json has an install script: {name}"));
    }
    for kind in ["dependencies", "peerDependencies", "optionalDependencies"] {
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

fn copy_consumer(consumer: &Path) -> Result<()> {
    for file in fs::read_dir(root().join("tests/package"))?.flatten() {
        fs::copy(file.path(), consumer.join(file.file_name()))?;
    }
    Ok(())
}

/// Importing on a server must do nothing and say nothing.
fn import_in_node(consumer: &Path) -> Result<()> {
    let mut node = command("node");
    node.arg("import.mjs").current_dir(consumer);
    run_command(&mut node, "package-import", LIMIT)?;
    let said = fs::read_to_string(cache("logs/package-import.log"))?;
    ensure!(said.is_empty(), "importing otrs-auth in Node prints:\n{said}");
    Ok(())
}

/// The sample must compile in both ways that TypeScript finds packages, and use every exported type.
fn check_types(consumer: &Path, package: &Path) -> Result<()> {
    let sample = fs::read_to_string(consumer.join("types.ts"))?;
    let words: Vec<&str> = sample.split(|c: char| !c.is_alphanumeric()).collect();
    for name in exported(&fs::read_to_string(package.join("dist/index.d.ts"))?) {
        ensure!(words.contains(&name.as_str()), "tests/package/types.ts does not use the exported {name}");
    }
    for (module, resolution) in [("esnext", "bundler"), ("node16", "node16")] {
        let mut tsc = command("node");
        tsc.arg(root().join("node_modules/typescript/bin/tsc"))
            .args(["--project", ".", "--module", module, "--moduleResolution", resolution])
            .current_dir(consumer);
        run_command(&mut tsc, "package-types", LIMIT)?;
    }
    Ok(())
}

fn exported(types: &str) -> Vec<String> {
    let declarations = types.lines().filter_map(|line| line.strip_prefix("export "));
    let names = declarations.filter_map(|line| {
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| *word != "declare");
        words.filter(|word| !word.is_empty()).nth(1).map(String::from)
    });
    names.collect()
}

/// A bundler must find each wasm, by the export for it and by the URL in the loader.
fn bundle(consumer: &Path, package: &Path) -> Result<()> {
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild
        .args(["bundled.js", "--bundle", "--format=esm", "--outdir=out", "--loader:.wasm=file", "--log-level=warning"])
        .current_dir(consumer);
    run_command(&mut esbuild, "package-bundle", LIMIT)?;
    let script = fs::read_to_string(consumer.join("out/bundled.js"))?;
    for file in Module::ALL.map(Module::file) {
        let stem = file.trim_end_matches(".wasm");
        let copies = fs::read_dir(consumer.join("out"))?.flatten();
        let mut copies = copies.map(|copy| copy.file_name().to_string_lossy().into_owned());
        let copy = copies.find(|name| name.starts_with(&format!("{stem}-")) && name.ends_with(".wasm"));
        let copy = copy.with_context(|| format!("a bundle of otrs-auth comes without {file}"))?;
        let same = fs::read(consumer.join("out").join(&copy))? == fs::read(package.join("dist").join(&file))?;
        ensure!(same, "{file} in a bundle is not the one of the package");
        ensure!(script.contains(&copy), "a bundle of otrs-auth does not name its {file}");
        let by_url = format!("new URL(\"{file}\", import.meta.url)");
        ensure!(script.contains(&by_url), "the loader does not name its wasm by {by_url}");
    }
    Ok(())
}

fn manifest(package: &Path) -> Result<Value> {
    let text = fs::read_to_string(package.join("package.json")).context("the package has no package.json")?;
    serde_json::from_str(&text).context("package.json is not valid JSON")
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    fn walk(top: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
        for entry in fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(top, &path, found)?;
            } else if let Ok(inner) = path.strip_prefix(top) {
                found.push(inner.to_path_buf());
            }
        }
        Ok(())
    }
    walk(folder, folder, found)
}
