//! `npm run bench [rounds]`: bundles each SDK as its users would, then measures them (`tests/bench`).

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::build::{self, Module, Variant};
use crate::process::{cache, command, root, run as run_command};
use crate::setup::{self, step};

/// Somebody's way to sign in.
pub struct Sdk {
    /// Of its page and script.
    pub name: &'static str,
    /// For people, with its version.
    pub title: &'static str,
    /// What its page tells the browser to fetch early.
    pub hints: &'static str,
}

/// All that are measured. The last one is what a page costs that checks nothing.
pub const SDKS: &[Sdk] = &[
    Sdk {
        name: "otrs-auth",
        title: "otrs-auth",
        hints: "<link rel=preload as=fetch type=application/wasm href=/otrs-auth/otrs_auth_bg.wasm crossorigin>",
    },
    Sdk {
        name: "otrs-auth-check",
        title: "otrs-auth, onLoad: \"check\"",
        hints: "<link rel=preload as=fetch type=application/wasm href=/otrs-auth-check/otrs_auth_full_bg.wasm crossorigin>",
    },
    Sdk { name: "keycloak-js", title: "keycloak-js 26.2.4", hints: "" },
    Sdk { name: "oidc-client-ts", title: "oidc-client-ts 3.5.0", hints: "" },
    Sdk { name: "oidc-spa", title: "oidc-spa 10.2.11", hints: "" },
    Sdk { name: "floor", title: "floor", hints: "" },
];

const LIMIT: Duration = Duration::from_secs(300);

/// Where the bundles are, one folder for each.
pub fn folder() -> PathBuf {
    cache("bench/pages")
}

/// `bench [rounds]`.
pub fn run(args: &[String]) -> Result<()> {
    let tools = setup::for_tests()?;
    build::package(Variant::Npm, &tools.build)?;
    step("bundling the pages", bundle)?;
    let mut cargo = command("cargo");
    cargo
        .args(["test", "--package", "otrs-auth-tools", "--test", "bench"])
        .env("CHROMEDRIVER", &tools.browsers.chromedriver)
        .env("GECKODRIVER", &tools.geckodriver);
    if let Some(rounds) = args.first() {
        cargo.env("OTRS_AUTH_BENCH_ROUNDS", rounds);
    }
    let status = cargo.status().context("cargo does not start")?;
    anyhow::ensure!(status.success(), "the measurement failed");
    Ok(())
}

fn bundle() -> Result<()> {
    let work = cache("bench/work");
    fs::create_dir_all(&work)?;
    for file in fs::read_dir(root().join("tests/bench/pages"))?.flatten() {
        fs::copy(file.path(), work.join(file.file_name()))?;
    }
    let mut npm = command("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]).current_dir(&work);
    run_command(&mut npm, "bench-npm", LIMIT)?;
    let all = folder();
    let _ = fs::remove_dir_all(&all);
    for sdk in SDKS {
        let out = all.join(sdk.name);
        fs::create_dir_all(&out)?;
        // Each by itself: what the page of a hidden frame shares with the other would become a third file.
        for page in [format!("{}.js", sdk.name), format!("{}-silent.js", sdk.name)] {
            if work.join(&page).exists() {
                let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
                esbuild
                    .args([
                        "--bundle",
                        "--format=esm",
                        "--splitting",
                        "--minify",
                        "--target=es2022",
                        "--log-level=error",
                    ])
                    .arg(format!("--alias:otrs-auth={}", Variant::Npm.dist().join("index.js").display()))
                    .arg(format!("--outdir={}", out.display()))
                    .arg(page)
                    .current_dir(&work);
                run_command(&mut esbuild, "bench-esbuild", LIMIT)?;
            }
        }
        if sdk.name.starts_with("otrs-auth") {
            for module in Module::ALL {
                fs::copy(Variant::Npm.dist().join(module.file()), out.join(module.file()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_titles_name_the_versions_that_are_bundled() {
        let text = fs::read_to_string(root().join("tests/bench/pages/package.json")).expect("the pages' package.json");
        let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let dependencies = manifest["dependencies"].as_object().expect("dependencies");
        for (name, version) in dependencies {
            let title = format!("{name} {}", version.as_str().expect("a version"));
            assert!(SDKS.iter().any(|sdk| sdk.title == title), "{title}");
        }
        let others = SDKS.iter().filter(|sdk| !sdk.name.starts_with("otrs-auth") && sdk.name != "floor");
        assert_eq!(others.count(), dependencies.len());
    }
}
