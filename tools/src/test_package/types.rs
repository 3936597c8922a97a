//! The package's types in all ways that TypeScript finds packages, and what the tools for package.json say of it.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::LIMIT;
use crate::consumers::tool;
use crate::process::{command, root, run as run_command};

/// `module` and `moduleResolution`.
const WAYS: [(&str, &str); 3] = [("esnext", "bundler"), ("node16", "node16"), ("esnext", "node10")];

/// Looks for packages nowhere, so it has to be told by `paths`.
const CLASSIC: (&str, &str) = ("esnext", "classic");

/// The samples must compile and use every exported type.
pub fn compile(consumer: &Path, package: &Path) -> Result<()> {
    let sample = fs::read_to_string(consumer.join("types.ts"))?;
    let words: Vec<&str> = sample.split(|c: char| !c.is_alphanumeric()).collect();
    for name in exported(&fs::read_to_string(package.join("dist/index.d.ts"))?) {
        ensure!(words.contains(&name.as_str()), "tests/package/types.ts does not use the exported {name}");
    }
    WAYS.iter().try_for_each(|way| tsc(consumer, *way))?;
    ensure!(tsc(consumer, CLASSIC).is_err(), "TypeScript finds the package by classic resolution: say so");
    let mut settings: Value = serde_json::from_str(&fs::read_to_string(consumer.join("tsconfig.json"))?)?;
    settings["compilerOptions"]["paths"] = json!({
        "otrs-auth": ["./node_modules/otrs-auth/dist/index.d.ts"],
        "otrs-auth/inline": ["./node_modules/otrs-auth/dist/inline.d.ts"],
        "otrs-auth/classic": ["./node_modules/otrs-auth/dist/otrs-auth.classic.d.ts"],
    });
    fs::write(consumer.join("tsconfig.json"), settings.to_string())?;
    tsc(consumer, CLASSIC)
}

fn tsc(consumer: &Path, (module, resolution): (&str, &str)) -> Result<()> {
    let mut tsc = command("node");
    tsc.arg(root().join("node_modules/typescript/bin/tsc"))
        .args(["--project", ".", "--module", module, "--moduleResolution", resolution])
        .current_dir(consumer);
    run_command(&mut tsc, "package-types", LIMIT)
}

fn exported(types: &str) -> Vec<String> {
    let declarations = types.lines().filter_map(|line| line.strip_prefix("export "));
    let names = declarations.filter_map(|line| {
        let words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| *word != "declare");
        words.filter(|word| !word.is_empty()).nth(1).map(String::from)
    });
    names.collect()
}

/// publint and attw have nothing to say but that the package is made of modules.
pub fn lint(package: &Path, archive: &Path) -> Result<()> {
    let publint = tool("publint/src/cli.js").arg(package).arg("--strict").output()?;
    let said = String::from_utf8_lossy(&publint.stdout).into_owned();
    ensure!(publint.status.success() && said.contains("All good"), "publint says:\n{said}");
    let mut attw = tool("@arethetypeswrong/cli/dist/index.js");
    attw.arg(archive).args(["--ignore-rules", "cjs-resolves-to-esm", "--format", "ascii"]);
    // What is no script has no types.
    attw.args(["--exclude-entrypoints", "integrity.json", "otrs_auth_bg.wasm", "otrs_auth_full_bg.wasm"]);
    let said = attw.output()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(said.status.success(), "attw says:\n{text}");
    Ok(())
}
