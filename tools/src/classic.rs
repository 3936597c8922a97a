//! The script for pages without modules. A browser that cannot read the language of a script runs nothing of it, so
//! all of it is lowered to ES5, and what it says to old browsers (`src/npm/classic.js`) is around the rest.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::bundle::{LIMIT, esbuild};
use crate::entries::Entry;
use crate::process::{command, root, run as run_command};

/// Where the rest goes.
const PLACE: &str = "MODERN;";

/// What ES5 has no words for, and what does the same.
const CALL: [&str; 2] = [
    "export const call = (object, name, ...given) => apply(read(object, name), object, given);",
    "export { call } from \"./es5-call.js\";",
];

/// Makes it.
pub fn script(entry: &Entry, sources: &Path, out: &Path) -> Result<()> {
    let originals = sources.join("originals.js");
    let text = fs::read_to_string(&originals)?;
    ensure!(text.contains(CALL[0]), "originals.js lacks: {}", CALL[0]);
    fs::write(&originals, text.replace(CALL[0], CALL[1]))?;
    let modern = sources.join("modern.js");
    let session = Entry { source: "index.js", target: "es2018", ..*entry };
    let mut bundle = esbuild(&session, sources, &modern);
    // The browser's classes as ES5 can extend them; and one value in place of exports.
    bundle
        .arg(format!("--inject:{}", sources.join("es5.js").display()))
        .args(["--format=iife", "--global-name=modern"]);
    run_command(&mut bundle, "esbuild-classic", LIMIT)?;
    let lowered = sources.join("lowered/modern.js");
    lower(&modern, lowered.parent().context("a folder")?)?;

    let around = fs::read_to_string(sources.join(entry.source))?;
    let (before, after) = around.split_once(PLACE).with_context(|| format!("{} lacks {PLACE}", entry.source))?;
    let whole = sources.join("whole.js");
    fs::write(&whole, [before, &fs::read_to_string(lowered)?, "return modern;", after].concat())?;
    let mut minify = command(root().join("node_modules/.bin/esbuild"));
    minify
        .args(["--minify", "--charset=ascii", "--log-level=warning", "--legal-comments=none"])
        // Whatever it is put behind may lack its last semicolon.
        .arg("--banner:js=;")
        .arg(format!("--target={}", entry.target))
        .arg(format!("--outfile={}", out.display()))
        .arg(&whole);
    run_command(&mut minify, "esbuild-minify", LIMIT)
}

/// Classes, generators and all that esbuild leaves.
fn lower(script: &Path, folder: &Path) -> Result<()> {
    let mut tsc = command("node");
    tsc.arg(root().join("node_modules/typescript/bin/tsc"))
        .args(["--target", "es5", "--lib", "es2022,dom", "--module", "none"])
        .args(["--allowJs", "--skipLibCheck", "--outDir"])
        .arg(folder)
        .arg(script);
    run_command(&mut tsc, "lower", LIMIT)
}
