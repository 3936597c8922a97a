//! The steps of `npm test` that run Rust code: lints, host tests, browser tests, Keycloak.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::build::{self, Variant};
use crate::process::{self, cache, command, is_root, path_with, root};
use crate::setup::TestTools;
use crate::test_run::Outcome;
use crate::{keycloak, realm_check};

/// Sources below this folder are tests that need a browser.
const BROWSER_TESTS: &str = "/tests/browser/";

const LIMIT: Duration = Duration::from_secs(900);
/// Three browsers one after the other; the flows have a shorter deadline of their own.
const FLOWS_LIMIT: Duration = Duration::from_secs(2100);

/// rustfmt and clippy over the whole workspace, warnings not allowed.
pub fn lint(_tools: &TestTools) -> Result<Outcome> {
    process::run(command("cargo").args(["fmt", "--all", "--check"]), "fmt", LIMIT)?;
    let fuzz = ["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"];
    process::run(command("cargo").args(fuzz), "fmt-fuzz", LIMIT)?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    process::run(command("cargo").args(clippy), "clippy", LIMIT)?;
    let core =
        ["clippy", "--package", "otrs-auth", "--no-default-features", "--lib", "--tests", "--", "-D", "warnings"];
    process::run(command("cargo").args(core), "clippy-core", LIMIT)?;
    Ok(Outcome::Passed(String::new()))
}

/// Everything that needs no browser.
pub fn host(_tools: &TestTools) -> Result<Outcome> {
    let mut cargo = command("cargo");
    // Not the flows, which have a step of their own.
    cargo.args(["test", "--package", "otrs-auth", "--package", "otrs-auth-tools", "--lib", "--no-fail-fast"]);
    for name in targets("otrs-auth", |path| !path.contains(BROWSER_TESTS))? {
        cargo.args(["--test", &name]);
    }
    let outcome = run_tests(&mut cargo, "host", LIMIT)?;
    // The same state machine as secure pages have it: the browser checks all signatures.
    let core = ["test", "--package", "otrs-auth", "--lib", "--no-default-features", "--no-fail-fast"];
    run_tests(command("cargo").args(core), "host-core", LIMIT)?;
    Ok(outcome)
}

pub fn chromium(tools: &TestTools) -> Result<Outcome> {
    let driver = tools.browsers.chromedriver.clone();
    browser(tools, "chrome", driver)
}

pub fn firefox(tools: &TestTools) -> Result<Outcome> {
    browser(tools, "firefox", tools.geckodriver.clone())
}

fn browser(tools: &TestTools, browser: &str, driver: PathBuf) -> Result<Outcome> {
    let tests = targets("otrs-auth", |path| path.contains(BROWSER_TESTS))?;
    if tests.is_empty() {
        return Ok(Outcome::Skipped("Cargo.toml declares no test below tests/browser".into()));
    }
    let wasm = &tools.build.wasm;
    let mut pack = command(&tools.wasm_pack);
    pack.args(["test", "--headless", "--mode", "no-install", &format!("--{browser}")]);
    pack.arg(if browser == "chrome" { "--chromedriver" } else { "--geckodriver" }).arg(driver);
    pack.arg("--");
    for name in tests {
        pack.args(["--test", &name]);
    }
    // wasm-pack looks for wasm-bindgen and its test runner on PATH; the compiler stays in front.
    let mut path = wasm.path.clone();
    if let Some(folder) = tools.build.wasm_bindgen.parent() {
        path = std::env::join_paths(std::env::split_paths(&path).chain([folder.to_path_buf()]))?;
    }
    pack.env("PATH", path)
        .env("CARGO_TARGET_DIR", root().join("target/browser-tests"))
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_settings()?);
    run_tests(&mut pack, &format!("wasm-pack-{browser}"), LIMIT)
}

/// The project's webdriver.json; as root with the flag without which Chromium refuses to start there.
fn webdriver_settings() -> Result<PathBuf> {
    let file = root().join("webdriver.json");
    if !is_root() {
        return Ok(file);
    }
    let text = fs::read_to_string(&file).context("webdriver.json is missing: check it out again")?;
    let mut settings: Value = serde_json::from_str(&text).context("webdriver.json is not valid JSON")?;
    match settings["goog:chromeOptions"]["args"].as_array_mut() {
        Some(args) => args.push(json!("--no-sandbox")),
        None => bail!("webdriver.json has no goog:chromeOptions.args"),
    }
    let own = cache("webdriver-root.json");
    fs::write(&own, settings.to_string())?;
    Ok(own)
}

/// Starts a new Keycloak and compares what it made of the realm files with what they promise.
pub fn realms(_tools: &TestTools) -> Result<Outcome> {
    let keycloak = keycloak::start(&keycloak::Options::default())?;
    let report = realm_check::check(&keycloak.admin(), &realm_check::Options::of(&keycloak))?;
    let drift = report.drift();
    if drift.is_empty() {
        return Ok(Outcome::Passed(keycloak.description.clone()));
    }
    let list: Vec<String> = drift.iter().map(ToString::to_string).collect();
    bail!("the realms differ from what the project promises:\n{}", list.join("\n"))
}

/// Real browsers against a provider that does everything wrong.
pub fn attacks(tools: &TestTools) -> Result<Outcome> {
    by_webdriver(tools, "hostile")
}

/// The flow tests start the Keycloak and the server that they need.
pub fn flows(tools: &TestTools) -> Result<Outcome> {
    by_webdriver(tools, "flows")
}

fn by_webdriver(tools: &TestTools, name: &str) -> Result<Outcome> {
    build::package(Variant::Npm, &tools.build)?;
    let mut cargo = command("cargo");
    cargo
        .args(["test", "--package", "otrs-auth-tools", "--test", name])
        .env("CHROMEDRIVER", &tools.browsers.chromedriver)
        .env("GECKODRIVER", &tools.geckodriver);
    if let Some(folder) = tools.geckodriver.parent() {
        // After the machine's own programs, or an older cargo in there would be taken.
        cargo.env("PATH", path_with_last(folder));
    }
    run_tests(&mut cargo, name, FLOWS_LIMIT)
}

fn path_with_last(folder: &std::path::Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).chain([folder.to_path_buf()]);
    std::env::join_paths(all).unwrap_or_else(|_| path_with(folder, &path))
}

/// Names of a crate's test targets, chosen by the paths of their sources.
fn targets(package: &str, wanted: fn(&str) -> bool) -> Result<Vec<String>> {
    let mut cargo = command("cargo");
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
    let text = process::answer(&mut cargo).context("cargo metadata fails: run it by hand to see why")?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let all = packages.filter(|found| found["name"] == package).filter_map(|found| found["targets"].as_array());
    let tests =
        all.flatten().filter(|target| target["kind"][0] == "test" && target["src_path"].as_str().is_some_and(wanted));
    Ok(tests.filter_map(|target| target["name"].as_str().map(String::from)).collect())
}

/// Runs tests and adds up what their runners say. No test at all is a failure: something was not found.
fn run_tests(command: &mut Command, log: &str, limit: Duration) -> Result<Outcome> {
    let outcome = process::run(command, log, limit);
    let text = fs::read_to_string(cache("logs").join(format!("{log}.log"))).unwrap_or_default();
    if let Err(error) = outcome {
        bail!("{error:#}\n{}", failed_tests(&text));
    }
    match passed_tests(&text) {
        0 => bail!("no test ran: see .cache/logs/{log}.log"),
        count => {
            let unsteady = unsteady(&text);
            if !unsteady.is_empty() {
                println!("at first:\n{}", failed_tests(&text));
            }
            Ok(Outcome::Passed(format!("{count} tests{unsteady}")))
        }
    }
}

/// Closing lines of cargo's and wasm-bindgen's runners, and the plain one of the flows.
fn passed_tests(log: &str) -> u32 {
    let counts = log.lines().filter_map(|line| {
        let line = line.trim();
        let rest = line.strip_prefix("test result: ok. ").unwrap_or(line);
        let (number, after) = rest.split_once(" passed")?;
        after.contains(" failed").then(|| number.parse::<u32>().ok())?
    });
    counts.sum()
}

/// Whoever failed beside others and passed alone.
fn unsteady(log: &str) -> String {
    log.lines().filter(|line| line.starts_with("unsteady: ")).map(|line| format!(", {line}")).collect()
}

/// The lines that name a failed test, with what stands right below: they may be far above the end.
fn failed_tests(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let named = lines.iter().enumerate().filter(|(_, line)| line.contains("... FAILED"));
    let near = named.flat_map(|(at, _)| lines.iter().skip(at).take(5).copied());
    near.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_over_all_runners() {
        let log = "test result: ok. 12 passed; 0 failed\nnoise\ntest result: ok. 3 passed; 0 failed; 1 ignored";
        assert_eq!(passed_tests(log), 15);
        assert_eq!(passed_tests("test result: FAILED. 3 passed; 1 failed"), 0);
        assert_eq!(passed_tests("71 passed, 0 failed"), 71);
        assert_eq!(unsteady("noise\nunsteady: firefox both_realms\n\nafter 9 s"), ", unsteady: firefox both_realms");
        assert_eq!(
            failed_tests("test a ... ok\ntest b ... FAILED (1 s)\n    why\n"),
            "test b ... FAILED (1 s)\n    why"
        );
    }
}
