//! The package step: packs what npm would publish, unpacks it as a consumer gets it and uses it there.

mod bindings;
mod contents;
mod samples;
mod types;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::build::{self, Module, Variant};
use crate::consumers;
use crate::process::{cache, command, root, run as run_command};
use crate::setup::TestTools;
use crate::test_run::Outcome;

const LIMIT: Duration = Duration::from_secs(120);

pub fn run(tools: &TestTools) -> Result<Outcome> {
    build::package(Variant::Npm, &tools.build)?;
    let consumer = cache("package-test");
    let _ = fs::remove_dir_all(&consumer);
    let package = consumer.join("node_modules/otrs-auth");
    fs::create_dir_all(&consumer)?;
    let archive = consumers::unpack(&consumer, &package)?;
    consumers::ready()?;

    let mut wrong = Vec::new();
    let files = contents::check(&package, &mut wrong)?;
    copy_consumer(&consumer)?;
    for outcome in [
        import_in_node(&consumer),
        types::compile(&consumer, &package),
        types::lint(&package, &archive),
        bindings::check(&consumer),
        bundle(&consumer, &package),
        minified(&package),
    ] {
        wrong.extend(outcome.err().map(|error| format!("{error:#}")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(Outcome::Passed(format!("{} files", files.len())))
}

fn copy_consumer(consumer: &Path) -> Result<()> {
    let files = fs::read_dir(root().join("tests/package"))?.flatten().map(|file| file.path());
    for file in files.filter(|file| file.is_file()) {
        fs::copy(&file, consumer.join(file.file_name().unwrap_or_default()))?;
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

/// The classic script is ES5 and says the same after OTOBO's minifier.
fn minified(package: &Path) -> Result<()> {
    let mut tokens = command("node");
    tokens
        .arg("tokens.js")
        .arg(package.join("dist/otrs-auth.classic.js"))
        .arg("out/minified.js")
        .current_dir(consumers::folder());
    run_command(&mut tokens, "package-minified", LIMIT)
}
