//! The fuzz targets of `tests/fuzz`, a few seconds each: that they build, that every seed passes, and that nothing
//! breaks at once. Driven without cargo-fuzz, which would have to be installed and does no more than this.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, answer, cache, command, root};
use crate::setup::TestTools;
use crate::test_run::Outcome;

/// Of one target, s; all together stay below a minute of one core.
const SECONDS: u64 = 3;
const BUILD_LIMIT: Duration = Duration::from_secs(900);
const RUN_LIMIT: Duration = Duration::from_secs(SECONDS + 60);

/// What libFuzzer sees the code's ways by. These are cargo-fuzz's flags; without a sanitizer, which would need a
/// nightly compiler and finds little where there is no unsafe code.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// The seed of chance is fixed: a run that fails here fails again. New inputs come by long runs.
const LIMITS: [&str; 5] = ["-seed=1", "-timeout=5", "-rss_limit_mb=512", "-print_final_stats=1", "-max_len=4096"];

/// Builds all targets and runs them, on two cores.
pub fn run(_tools: &TestTools) -> Result<Outcome> {
    let programs = build()?;
    let targets = targets()?;
    let left = Mutex::new(targets.iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let worker = || {
        let mut results = Vec::new();
        while let Some(target) = next() {
            let result = run_target(&programs.join(target), target);
            match &result {
                Ok(count) => println!("fuzz {target} ... ok ({count} inputs)"),
                Err(_) => println!("fuzz {target} ... FAILED"),
            }
            results.push(result.map_err(|error| format!("{target}: {error:#}")));
        }
        results
    };
    let results = thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers.map(|worker| worker.join().unwrap_or_else(|_| vec![Err("a worker panicked: see above".into())]))
    });
    let (passed, failures): (Vec<_>, Vec<_>) = results.into_iter().flatten().partition(Result::is_ok);
    println!("{} passed, {} failed", passed.len(), failures.len());
    let failures: Vec<String> = failures.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    let inputs: u64 = passed.into_iter().flatten().sum();
    Ok(Outcome::Passed(format!("{} targets, {inputs} inputs", targets.len())))
}

/// Lints and builds the targets. Gives the folder of the programs.
fn build() -> Result<PathBuf> {
    let said = answer(command("rustc").arg("-vV")).context("rustc is missing: install Rust")?;
    let Some(host) = said.lines().find_map(|line| line.strip_prefix("host: ")) else {
        bail!("rustc -vV names no host: install Rust again");
    };
    let target = root().join("target/fuzz");
    let cargo = |name: &str, more: &[&str]| {
        let mut cargo = command("cargo");
        // The target is named so that the flags reach no build script: those are not linked with libFuzzer.
        cargo.args([name, "--release", "--locked", "--manifest-path", "tests/fuzz/Cargo.toml", "--target", host]);
        cargo.args(more).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", COVERAGE);
        process::run(&mut cargo, &format!("fuzz-{name}"), BUILD_LIMIT)
    };
    cargo("clippy", &["--all-targets", "--", "-D", "warnings"])?;
    cargo("build", &["--bins"])?;
    Ok(target.join(host).join("release"))
}

/// Names of the targets, in the order of the alphabet.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("tests/fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).context("tests/fuzz is missing: check it out again")?;
    let mut names: Vec<String> =
        files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort_unstable();
    if names.is_empty() {
        bail!("there is no target in {}", folder.display());
    }
    Ok(names)
}

/// Runs one target on its seeds and what comes of them. Gives the number of inputs.
fn run_target(program: &Path, target: &str) -> Result<u64> {
    let seeds = root().join("tests/fuzz/corpus").join(target);
    let seed_count = fs::read_dir(&seeds).map_or(0, Iterator::count);
    if seed_count == 0 {
        bail!("it has no seeds in tests/fuzz/corpus/{target}");
    }
    // What it found before would make another run of this one.
    let found = cache("fuzz").join(target);
    let _ = fs::remove_dir_all(&found);
    fs::create_dir_all(&found)?;
    let mut fuzzer = command(program);
    fuzzer.args(LIMITS).arg(format!("-max_total_time={SECONDS}"));
    // Inputs that fail stay when this starts again.
    fuzzer.arg(format!("-artifact_prefix={}-", found.display()));
    fuzzer.arg(&found).arg(&seeds);
    let log = format!("fuzz-{target}");
    process::run(&mut fuzzer, &log, RUN_LIMIT)?;
    let text = fs::read_to_string(cache("logs").join(format!("{log}.log")))?;
    if !text.contains("inline 8-bit counters") {
        bail!("it was built without coverage, so it only repeats its seeds");
    }
    match executed(&text) {
        Some(count) if count > seed_count as u64 => Ok(count),
        _ => bail!("it ran nothing but its seeds"),
    }
}

/// libFuzzer's own count.
fn executed(log: &str) -> Option<u64> {
    log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_counted_as_libfuzzer_says() {
        assert_eq!(executed("Done 7 runs\nstat::number_of_executed_units: 1200\nstat::x: 1"), Some(1200));
        assert_eq!(executed("==1== ERROR: libFuzzer: deadly signal"), None);
    }

    #[test]
    fn every_target_is_built_and_has_seeds() {
        let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).expect("the manifest");
        let targets = targets().expect("targets");
        for target in &targets {
            assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target} is not in Cargo.toml");
            assert!(root().join("tests/fuzz/corpus").join(target).is_dir(), "{target} has no seeds");
        }
        assert!(targets.len() as u64 * SECONDS < 60);
    }
}
