//! `npm test`: every step in order, or those that are named; goes on after a failure and sums up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::build::{self, Variant};
use crate::process::stop_children;
use crate::setup::{self, TestTools};
use crate::{size, test_fuzz, test_package, test_steps};

/// Longer than any step takes on two slow cores; a step that hangs is ended and counts as failed.
const DEADLINE: Duration = Duration::from_secs(2400);

/// What a step says when it passed.
pub enum Outcome {
    /// With a word about what ran.
    Passed(String),
    /// There is nothing to run yet.
    Skipped(String),
}

type Work = fn(&TestTools) -> Result<Outcome>;

struct Step {
    name: &'static str,
    /// One more name, which several steps can share.
    group: &'static str,
    about: &'static str,
    work: Work,
}

const STEPS: [Step; 11] = [
    Step { name: "lint", group: "", about: "formatting and lints", work: test_steps::lint },
    Step { name: "host", group: "", about: "unit and protocol tests on this machine", work: test_steps::host },
    Step { name: "fuzz", group: "", about: "hostile input to every reader", work: test_fuzz::run },
    Step { name: "build", group: "", about: "the npm package", work: package },
    Step { name: "chromium", group: "browser", about: "tests in headless Chromium", work: test_steps::chromium },
    Step { name: "firefox", group: "browser", about: "tests in headless Firefox", work: test_steps::firefox },
    Step { name: "size", group: "", about: "size and contents of the download", work: check_size },
    Step { name: "package", group: "", about: "the packed package in a consumer's hands", work: test_package::run },
    Step { name: "attacks", group: "", about: "attacks by a hostile provider", work: test_steps::attacks },
    Step { name: "realms", group: "keycloak", about: "realm files on a new Keycloak", work: test_steps::realms },
    Step { name: "flows", group: "keycloak", about: "sign-in flows against a real Keycloak", work: test_steps::flows },
];

struct Line {
    name: &'static str,
    result: &'static str,
    seconds: f64,
    note: String,
}

/// `test [name ...]`.
pub fn run(args: &[String]) -> Result<()> {
    let chosen = choose(args)?;
    let tools = Arc::new(setup::for_tests()?);
    let mut lines = Vec::new();
    for step in chosen {
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let (result, note) = match within_deadline(step.work, &tools) {
            Ok(Outcome::Passed(note)) => ("passed", note),
            Ok(Outcome::Skipped(why)) => ("skipped", why),
            Err(error) => {
                println!("{error:#}");
                ("FAILED", String::new())
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        println!("{} {result} ({seconds:.0} s) {note}", step.name);
        lines.push(Line { name: step.name, result, seconds, note });
    }
    if summarize(&lines) > 0 {
        // The summary has said it all, and its last line must be the last one.
        stop_children();
        std::process::exit(1);
    }
    Ok(())
}

fn choose(names: &[String]) -> Result<Vec<&'static Step>> {
    for name in names {
        if !STEPS.iter().any(|step| step.name == name || step.group == name) {
            let all: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            bail!("\"{name}\" is not a step: use {}, browser or keycloak", all.join(", "));
        }
    }
    let wanted = |step: &&Step| names.is_empty() || names.iter().any(|name| step.name == name || step.group == name);
    Ok(STEPS.iter().filter(wanted).collect())
}

/// Runs a step on a thread of its own, so that one that hangs cannot hold up the rest.
fn within_deadline(work: Work, tools: &Arc<TestTools>) -> Result<Outcome> {
    let (sender, receiver) = mpsc::channel();
    let tools = Arc::clone(tools);
    std::thread::spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&tools)));
        let _ = sender.send(outcome.unwrap_or_else(|_| Err(anyhow!("the step panicked: see above"))));
    });
    match receiver.recv_timeout(DEADLINE) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Disconnected) => bail!("the step ended without an answer"),
        Err(RecvTimeoutError::Timeout) => {
            stop_children();
            bail!("the step did not finish within {} seconds", DEADLINE.as_secs())
        }
    }
}

fn package(tools: &TestTools) -> Result<Outcome> {
    build::package(Variant::Npm, &tools.build)?;
    Ok(Outcome::Passed(String::new()))
}

fn check_size(tools: &TestTools) -> Result<Outcome> {
    build::package(Variant::Npm, &tools.build)?;
    size::check(Variant::Npm).map(Outcome::Passed)
}

/// Prints the table and, as the last line, the counts. Gives the number of failed steps.
fn summarize(lines: &[Line]) -> usize {
    println!();
    for line in lines {
        println!("{:<9} {:<8} {:>5.0} s  {}", line.name, line.result, line.seconds, line.note);
    }
    let count = |result: &str| lines.iter().filter(|line| line.result == result).count();
    println!("\n{} passed, {} failed", count("passed"), count("FAILED"));
    count("FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
        choose(&names).map(|steps| steps.iter().map(|step| step.name).collect()).unwrap_or_default()
    }

    #[test]
    fn no_name_means_all_steps() {
        assert_eq!(chosen(&[]).len(), STEPS.len());
    }

    #[test]
    fn steps_are_chosen_by_name_and_group_in_their_own_order() {
        assert_eq!(chosen(&["browser", "host"]), ["host", "chromium", "firefox"]);
        assert!(chosen(&["hots"]).is_empty());
    }
}
