//! Example front ends that have to be built: their sources are in `www/examples`, what is served lies in the cache.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

use crate::build::{Module, Variant};
use crate::process::{cache, command, root, run};
use crate::setup::step;

/// Where all of them are, served at `/examples-built/`.
pub fn built() -> PathBuf {
    cache("examples")
}

/// Builds them from the package as it is, once per run: it takes a moment, so nobody looks whether they are up to date.
pub fn ready() -> Result<()> {
    /// Several may ask at once.
    static DONE: Mutex<bool> = Mutex::new(false);
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !*done {
        step("example front ends", vue)?;
        *done = true;
    }
    Ok(())
}

/// As a front end of a bundler does it, with a file for each lazy route. The package stands for what npm would install.
fn vue() -> Result<()> {
    let dist = Variant::Npm.dist();
    let out = built().join("vue");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild
        .args(["www/examples/vue/main.js", "--bundle", "--splitting", "--format=esm", "--minify", "--target=es2022"])
        .args(["--log-level=warning", "--define:process.env.NODE_ENV=\"production\""])
        // What vue's own build for bundlers leaves to them.
        .args(["--define:__VUE_OPTIONS_API__=false", "--define:__VUE_PROD_DEVTOOLS__=false"])
        .arg("--define:__VUE_PROD_HYDRATION_MISMATCH_DETAILS__=false")
        .arg(format!("--alias:otrs-auth/vue={}", dist.join("vue.js").display()))
        .arg(format!("--outdir={}", out.display()));
    run(&mut esbuild, "example-vue", Duration::from_secs(60))?;
    for file in Module::ALL.map(Module::file) {
        fs::copy(dist.join(&file), out.join(&file))?;
    }
    Ok(())
}
