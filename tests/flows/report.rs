//! Running what needs a browser, and telling what came of it in the words of cargo's own runner.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};
use otrs_auth_tools::process::{stop_children, stop_children_on_signals};

/// What passed, and what did not.
#[derive(Default)]
pub struct Count {
    pub passed: usize,
    pub failed: Vec<String>,
    /// Workers and engines that are lost.
    pub lost: usize,
}

impl Count {
    /// Does one thing, and tells how it ended. A panic is a failure like others.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(work));
        let seconds = start.elapsed().as_secs_f64();
        match result.unwrap_or_else(|_| Err(anyhow!("it panicked: see above"))) {
            Ok(()) => {
                self.passed += 1;
                println!("test {name} ... ok ({seconds:.1} s)");
            }
            Err(error) => {
                self.failed.push(name.into());
                println!("test {name} ... FAILED ({seconds:.1} s)\n    {error:#}");
            }
        }
    }

    /// Of a worker that is lost.
    pub fn broken() -> Self {
        Self { lost: 1, ..Self::default() }
    }

    /// What the others need did not even start.
    pub fn missing(&mut self, name: &str, error: &Error) {
        self.lost += 1;
        println!("test {name} ... FAILED\n    {error:#}");
    }

    /// All of it.
    pub fn sum(counts: Vec<Self>) -> Self {
        counts.into_iter().fold(Self::default(), |mut all, count| {
            all.passed += count.passed;
            all.failed.extend(count.failed);
            all.lost += count.lost;
            all
        })
    }
}

/// The words of the command line: what is run has all of them in its name. The whole run ends within `deadline`,
/// whatever happens.
pub fn begin(what: &'static str, deadline: Duration) -> Vec<String> {
    stop_children_on_signals();
    std::thread::spawn(move || {
        std::thread::sleep(deadline);
        println!("the {what} did not finish within {} s", deadline.as_secs());
        stop_children();
        std::process::exit(1);
    });
    std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect()
}

/// Whether something of this name is to be run.
pub fn is_chosen(name: &str, words: &[String]) -> bool {
    words.iter().all(|word| name.contains(word.as_str()))
}

/// Sums up, and ends this process. Nothing at all is a failure, too.
pub fn end(start: Instant, count: &Count) -> ! {
    stop_children();
    let (passed, failed) = (count.passed, count.failed.len() + count.lost);
    println!("\nafter {:.0} s\n{passed} passed, {failed} failed", start.elapsed().as_secs_f64());
    std::process::exit(i32::from(failed > 0 || passed == 0));
}
