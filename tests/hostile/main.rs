//! Attacks: real browsers against a provider that does everything wrong. Names are ids of the security checklist.
//! `cargo test -p otrs-auth-tools --test hostile -- [word ...]` runs the tests whose engine and name hold every word.

mod answers;
mod callbacks;
mod contents;
mod forged;
mod form;
mod frames;
mod globals;
mod hard_times;
mod id_tokens;
mod independent;
mod leaks;
mod logout;
mod loops;
mod neighbours;
mod provider;
mod returning;
mod stores;
mod world;

#[path = "../flows/engines.rs"]
mod engines;
#[path = "../flows/proxy.rs"]
mod proxy;
#[path = "../flows/webdriver.rs"]
mod webdriver;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use engines::{Driver, Engine};
use otrs_auth_tools::process::{stop_children, stop_children_on_signals};
use world::World;

/// What a test does.
pub type Run = Box<dyn Fn(&World<'_>) -> Result<()> + Sync>;

/// A test: what to call it and what to do. WebKit runs those that say so.
pub struct Test {
    pub name: String,
    pub webkit: bool,
    pub run: Run,
}

/// A test by a function.
pub fn test(name: &str, run: fn(&World<'_>) -> Result<()>) -> Test {
    Test { name: name.into(), webkit: true, run: Box::new(run) }
}

/// The whole run, whatever happens.
const DEADLINE: Duration = Duration::from_secs(13 * 60);

const LANES: [&[Engine]; 2] = [&[Engine::Chromium, Engine::Webkit], &[Engine::Firefox]];

fn tests() -> Vec<Test> {
    let mut all = Vec::new();
    all.extend(id_tokens::tests());
    all.extend(answers::tests());
    all.extend(contents::tests());
    all.extend(callbacks::tests());
    all.extend(forged::tests());
    all.extend(returning::tests());
    all.extend(stores::tests());
    all.extend(neighbours::tests());
    all.extend(loops::tests());
    all.extend(logout::tests());
    all.extend(frames::tests());
    all.extend(leaks::tests());
    all.extend(hard_times::tests());
    all.extend(independent::tests());
    all.extend(globals::tests());
    all
}

fn main() {
    stop_children_on_signals();
    std::thread::spawn(|| {
        std::thread::sleep(DEADLINE);
        println!("the attacks did not finish within {} s", DEADLINE.as_secs());
        stop_children();
        std::process::exit(1);
    });
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let (start, tests) = (Instant::now(), tests());
    let counts = std::thread::scope(|scope| {
        let lanes = LANES.map(|engines| {
            let (tests, words) = (&tests, &words);
            scope.spawn(move || engines.iter().map(|engine| lane(*engine, tests, words)).collect::<Vec<_>>())
        });
        lanes.map(|lane| lane.join().unwrap_or_else(|_| vec![(0, 1)])).concat()
    });
    stop_children();
    let (passed, failed) = counts.iter().fold((0, 0), |all, count| (all.0 + count.0, all.1 + count.1));
    println!("\nafter {:.0} s\n{passed} passed, {failed} failed", start.elapsed().as_secs_f64());
    std::process::exit(i32::from(failed > 0 || passed == 0));
}

/// Runs what an engine is to run; how many passed and how many failed.
fn lane(engine: Engine, tests: &[Test], words: &[String]) -> (u32, u32) {
    let chosen = tests.iter().filter(|test| {
        let full = format!("{} {}", engine.name(), test.name);
        (engine != Engine::Webkit || test.webkit) && words.iter().all(|word| full.contains(word.as_str()))
    });
    let chosen: Vec<&Test> = chosen.collect();
    if chosen.is_empty() {
        return (0, 0);
    }
    let driver = match Driver::start(engine) {
        Ok(driver) => driver,
        Err(error) => return failed_to_start(engine, &error),
    };
    let world = match World::start(&driver) {
        Ok(world) => world,
        Err(error) => return failed_to_start(engine, &error),
    };
    let mut count = (0, 0);
    for test in chosen {
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| (test.run)(&world)));
        let result = result.unwrap_or_else(|_| Err(anyhow!("it panicked: see above")));
        let (full, seconds) = (format!("{} {}", engine.name(), test.name), start.elapsed().as_secs_f64());
        match result {
            Ok(()) => {
                count.0 += 1;
                println!("test {full} ... ok ({seconds:.1} s)");
            }
            Err(error) => {
                count.1 += 1;
                println!("test {full} ... FAILED ({seconds:.1} s)\n    {error:#}");
            }
        }
    }
    count
}

fn failed_to_start(engine: Engine, error: &anyhow::Error) -> (u32, u32) {
    println!("test {} ... FAILED\n    {error:#}", engine.name());
    (0, 1)
}
