//! Running what needs a browser, and telling what came of it in the words of cargo's own runner.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};
use otrs_auth_tools::process::{stop_children, stop_children_on_signals};

/// How many passed, and how many did not.
#[derive(Clone, Default)]
pub struct Count {
    passed: usize,
    failed: usize,
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
                self.failed += 1;
                println!("test {name} ... FAILED ({seconds:.1} s)\n    {error:#}");
            }
        }
    }

    /// Of a worker that is lost.
    pub fn broken() -> Self {
        Self { passed: 0, failed: 1 }
    }

    /// What the others need did not even start.
    pub fn missing(&mut self, name: &str, error: &Error) {
        self.failed += 1;
        println!("test {name} ... FAILED\n    {error:#}");
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
pub fn end(start: Instant, counts: &[Count]) -> ! {
    stop_children();
    let passed: usize = counts.iter().map(|count| count.passed).sum();
    let failed: usize = counts.iter().map(|count| count.failed).sum();
    println!("\nafter {:.0} s\n{passed} passed, {failed} failed", start.elapsed().as_secs_f64());
    std::process::exit(i32::from(failed > 0 || passed == 0));
}
