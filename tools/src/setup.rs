//! Makes a machine ready to build and test. What is there already is left alone, so it costs nothing
//! to run it before every command.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{answer, command, root, run as run_command};
use crate::setup_packages::{Browsers, browsers, cargo_tool, cpp_compiler, linters, locked_version, minifier};
use crate::setup_wasm::{self, WasmToolchain};

/// What a build of the package needs.
pub struct BuildTools {
    pub wasm: WasmToolchain,
    pub wasm_bindgen: PathBuf,
}

/// What the tests need on top.
pub struct TestTools {
    pub build: BuildTools,
    pub wasm_pack: PathBuf,
    pub geckodriver: PathBuf,
    pub browsers: Browsers,
}

/// `setup`: everything, without building or testing anything.
pub fn run(_args: &[String]) -> Result<()> {
    for_tests()?;
    println!("ready");
    Ok(())
}

/// Ready to build the npm package.
pub fn for_build() -> Result<BuildTools> {
    node()?;
    let wasm = setup_wasm::ensure()?;
    println!("wasm32 target: {} ({})", wasm.name, wasm.version);
    // The command-line half must be of the same version as the library half.
    let version = locked_version("wasm-bindgen")?;
    let bin = cargo_tool("wasm-bindgen-cli", "wasm-bindgen", &version, false)?;
    npm_packages()?;
    Ok(BuildTools { wasm, wasm_bindgen: bin })
}

/// Ready to test it too.
pub fn for_tests() -> Result<TestTools> {
    let build = for_build()?;
    linters()?;
    cpp_compiler()?;
    minifier()?;
    let wasm_pack = cargo_tool("wasm-pack", "wasm-pack", "0.15.1", true)?;
    let geckodriver = cargo_tool("geckodriver", "geckodriver", "0.37.1", true)?;
    Ok(TestTools { build, wasm_pack, geckodriver, browsers: browsers()? })
}

/// Runs one slow step: a line that says what is being done, then how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    print!("{what} ... ");
    let _ = std::io::stdout().flush();
    let start = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "done" } else { "failed" };
    println!("{word} ({:.0} s)", start.elapsed().as_secs_f64());
    outcome
}

fn node() -> Result<()> {
    let version = answer(command("node").arg("--version")).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        Some(_) => {
            bail!("Node.js 20 or newer is needed and this is {version}: install a newer one")
        }
        None => bail!("Node.js 20 or newer is missing: install it and run this again"),
    }
}

/// npm's own record of what it installed is newer than the lock file when nothing is left to do.
fn npm_packages() -> Result<()> {
    let time = |name: &str| std::fs::metadata(root().join(name)).and_then(|file| file.modified()).ok();
    let installed = time("node_modules/.package-lock.json");
    if installed.is_some() && installed >= time("package-lock.json") {
        return Ok(());
    }
    step("npm packages: npm ci", || {
        let mut npm = command("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]);
        run_command(&mut npm, "npm-ci", Duration::from_secs(300))
    })
}
