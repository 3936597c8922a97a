//! Front ends that use the packed package, one for each tool that builds such (`tests/package/bundlers`). The package
//! step builds them, and the flows sign in with what came out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use ring::digest::{Context as Digest, SHA256};

use crate::build::Variant;
use crate::process::{cache, command, root, run as run_command};
use crate::setup::step;
use crate::setup_packages;

const LIMIT: Duration = Duration::from_secs(120);

/// A tool, and how it builds.
type Consumer = (&'static str, fn(&Path, &Path) -> Result<()>);

/// All that are built. Vite also serves one that it has not built.
const CONSUMERS: [Consumer; 7] = [
    ("vite", vite),
    ("webpack", webpack),
    ("webpack4", webpack),
    ("rollup", rollup),
    ("esbuild", esbuild),
    ("plain", plain),
    ("classic", classic),
];

/// Where all of it is.
pub fn folder() -> PathBuf {
    cache("consumers")
}

/// What a tool made: the root of a web server.
pub fn pages(name: &str) -> PathBuf {
    folder().join("out").join(name)
}

/// Brings all of them up to date.
pub fn ready() -> Result<()> {
    /// Several may ask at once.
    static AT_WORK: Mutex<()> = Mutex::new(());
    let _turn = AT_WORK.lock();
    let (stamp, now) = (folder().join("stamp"), digest()?);
    if fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(());
    }
    install()?;
    setup_packages::minifier()?;
    let _ = fs::remove_dir_all(folder().join("out"));
    for (name, build) in CONSUMERS {
        let out = pages(name);
        fs::create_dir_all(&out)?;
        step(&format!("a front end by {name}"), || build(&folder(), &out))?;
    }
    Ok(fs::write(stamp, now)?)
}

/// The tools of the lock file and, among them, the package as npm would install it.
fn install() -> Result<()> {
    let folder = folder();
    let own = root().join("tests/package/bundlers");
    let same = |name: &str| fs::read(own.join(name)).ok() == fs::read(folder.join(name)).ok();
    let installed = same("package-lock.json") && folder.join("node_modules/.package-lock.json").exists();
    copy(&own, &folder)?;
    if !installed {
        let mut npm = command("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        step("bundlers: npm ci", || run_command(&mut npm, "consumers-npm", Duration::from_secs(300)))?;
    }
    unpack(&folder, &folder.join("node_modules/otrs-auth")).map(drop)
}

/// Makes the archive that npm would publish, in this folder, and unpacks it there. Gives the archive.
pub fn unpack(folder: &Path, package: &Path) -> Result<PathBuf> {
    let archives = || fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let archives = || archives().filter(|file| file.extension().is_some_and(|end| end == "tgz"));
    archives().try_for_each(fs::remove_file)?;
    let mut npm = command("npm");
    npm.args(["pack", "--ignore-scripts", "--pack-destination"]).arg(folder);
    run_command(&mut npm, "npm-pack", LIMIT)?;
    let archive = archives().next().context("npm pack made no archive: see .cache/logs/npm-pack.log")?;
    let _ = fs::remove_dir_all(package);
    fs::create_dir_all(package)?;
    let mut tar = command("tar");
    tar.arg("-xzf").arg(&archive).args(["--strip-components=1", "-C"]).arg(package);
    run_command(&mut tar, "unpack", LIMIT)?;
    Ok(archive)
}

/// A tool of the lock file.
pub fn tool(path: &str) -> Command {
    let mut tool = command("node");
    tool.arg(folder().join("node_modules").join(path)).current_dir(folder());
    tool
}

fn vite(_: &Path, out: &Path) -> Result<()> {
    let mut vite = tool("vite/bin/vite.js");
    run_command(vite.args(["build", "--logLevel", "warn", "--outDir"]).arg(out), "consumers-vite", LIMIT)
}

fn webpack(folder: &Path, out: &Path) -> Result<()> {
    let name = out.file_name().unwrap_or_default();
    let mut webpack = command("node");
    // webpack 4 hashes by MD4, which OpenSSL 3 knows only by request.
    webpack.arg("webpack.js").arg(name).current_dir(folder).env("NODE_OPTIONS", "--openssl-legacy-provider");
    run_command(&mut webpack, &format!("consumers-{}", name.display()), LIMIT)?;
    page(out, "<script src=\"/main.js\" defer></script>")
}

fn rollup(_: &Path, out: &Path) -> Result<()> {
    run_command(tool("rollup/dist/bin/rollup").arg("-c"), "consumers-rollup", LIMIT)?;
    page(out, "<script type=\"module\" src=\"/main.js\"></script>")
}

fn esbuild(folder: &Path, out: &Path) -> Result<()> {
    let mut esbuild = command(folder.join("node_modules/.bin/esbuild"));
    esbuild
        .args(["src/by-import.js", "--bundle", "--format=esm", "--loader:.wasm=file", "--log-level=warning"])
        .arg("--entry-names=main")
        .arg(format!("--outdir={}", out.display()))
        .current_dir(folder);
    run_command(&mut esbuild, "consumers-esbuild", LIMIT)?;
    page(out, "<script type=\"module\" src=\"/main.js\"></script>")
}

/// No tool at all: the package's files as they are, with either of the modules.
fn plain(folder: &Path, out: &Path) -> Result<()> {
    copy(&folder.join("node_modules/otrs-auth/dist"), &out.join("otrs-auth"))?;
    for (name, entry) in [("main.js", "index.js"), ("inline.js", "inline.js")] {
        let script = fs::read_to_string(folder.join("src").join(name))?;
        let (_, rest) = script.split_once('\n').unwrap_or_default();
        fs::write(out.join(name), format!("import {{ createSession }} from \"/otrs-auth/{entry}\";\n{rest}"))?;
    }
    fs::copy(folder.join("src/show.js"), out.join("show.js"))?;
    page(out, "<script type=\"module\" src=\"/main.js\"></script>")?;
    let inline = out.join("inline");
    fs::create_dir_all(&inline)?;
    page(&inline, "<script type=\"module\" src=\"/inline.js\"></script>")
}

/// As OTOBO and Znuny do it: each file through the minifier, then all in one.
fn classic(folder: &Path, out: &Path) -> Result<()> {
    let scripts = out.join("js");
    fs::create_dir_all(&scripts)?;
    let package = "node_modules/otrs-auth/dist/otrs-auth.classic.js";
    let mut joined = String::new();
    for file in ["classic/before.js", package, "classic/after.js"] {
        let mut perl = command("perl");
        perl.args(["-MJavaScript::Minifier::XS=minify", "-0777", "-ne", "print minify($_)"]).arg(folder.join(file));
        let output = perl.output().context("perl cannot be started: install it")?;
        anyhow::ensure!(output.status.success(), "the minifier: {}", String::from_utf8_lossy(&output.stderr));
        let minified = String::from_utf8(output.stdout)?;
        if file == package {
            fs::write(folder.join("out/minified.js"), &minified)?;
        }
        joined.push_str(&minified);
        joined.push('\n');
    }
    fs::write(scripts.join("joined.js"), joined)?;
    fs::copy(folder.join("classic/index.html"), out.join("index.html"))?;
    Ok(())
}

fn page(out: &Path, script: &str) -> Result<()> {
    let start = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Consumer</title>";
    Ok(fs::write(out.join("index.html"), format!("{start}\n<body data-status=\"starting\">\n{script}\n</body>\n"))?)
}

/// Of everything that the consumers are made of.
fn digest() -> Result<String> {
    let mut files = vec![Variant::Npm.dist().join("SHA256SUMS"), root().join("package.json")];
    files_below(&root().join("tests/package/bundlers"), &mut files)?;
    files.push(root().join("tools/src/consumers.rs"));
    let mut digest = Digest::new(&SHA256);
    for file in files {
        digest.update(&fs::read(&file).with_context(|| format!("{} is missing", file.display()))?);
    }
    Ok(format!("{:?}", digest.finish()))
}

/// The files in this folder and in those within.
pub fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files_below(&path, found)? } else { found.push(path) }
    }
    Ok(())
}

/// A folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut files = Vec::new();
    files_below(from, &mut files)?;
    for file in files {
        let copy = to.join(file.strip_prefix(from)?);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(&file, copy)?;
    }
    Ok(())
}
