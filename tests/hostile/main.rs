//! Attacks: real browsers against a provider that does everything wrong. Names are ids of the security checklist.
//! `cargo test -p otrs-auth-tools --test hostile -- [word ...]` runs the tests whose engine and name hold every word.

mod answers;
mod callbacks;
mod clocks;
mod contents;
mod dpop;
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
mod visit;
mod world;

#[path = "../flows/engines.rs"]
mod engines;
#[path = "../flows/proxy.rs"]
mod proxy;
#[path = "../flows/queue.rs"]
mod queue;
#[path = "../flows/report.rs"]
mod report;
#[path = "../flows/webdriver.rs"]
mod webdriver;

use std::time::{Duration, Instant};

use anyhow::Result;
use engines::{Driver, Engine};
use queue::{Queue, WORKERS};
use report::Count;
use world::World;

/// What a test does.
pub type Run = Box<dyn Fn(&World<'_>) -> Result<()> + Sync>;

/// A test: what to call it, where and what to do.
pub struct Test {
    pub name: String,
    pub engines: Engines,
    pub run: Run,
}

/// Which engines run a test.
#[derive(PartialEq, Eq)]
pub enum Engines {
    All,
    /// It needs what WebKit's driver lacks, or is about what WebKit does not do.
    NotWebkit,
    /// One after the other: what only the WebAssembly judges is the same in all. All of them do with
    /// `OTRS_AUTH_EVERYWHERE` in the environment, or when the test is asked for by words.
    InTurn,
}

/// A test by a function.
pub fn test(name: &str, run: fn(&World<'_>) -> Result<()>) -> Test {
    Test { name: name.into(), engines: Engines::All, run: Box::new(run) }
}

/// The whole run, whatever happens.
const DEADLINE: Duration = Duration::from_secs(20 * 60);

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
    all.extend(clocks::tests());
    all.extend(hard_times::tests());
    all.extend(independent::tests());
    all.extend(globals::tests());
    all.extend(dpop::tests());
    all
}

fn main() {
    let words = report::begin("attacks", DEADLINE);
    let (start, tests) = (Instant::now(), tests());
    let queue = Queue::new(|engine| chosen(engine, &tests, &words));
    let counts = queue.run(WORKERS, |(), engine, count| run(engine, &queue, count));
    report::end(start, &Count::sum(counts))
}

fn chosen<'a>(engine: Engine, tests: &'a [Test], words: &[String]) -> Vec<&'a Test> {
    let everywhere = !words.is_empty() || std::env::var_os("OTRS_AUTH_EVERYWHERE").is_some();
    let runs = |(number, test): &(usize, &Test)| match test.engines {
        Engines::All => true,
        Engines::NotWebkit => engine != Engine::Webkit,
        Engines::InTurn => everywhere || Engine::ALL.get(number % Engine::ALL.len()) == Some(&engine),
    };
    let named = |(_, test): &(usize, &Test)| report::is_chosen(&full(engine, test), words);
    tests.iter().enumerate().filter(runs).filter(named).map(|(_, test)| test).collect()
}

fn full(engine: Engine, test: &Test) -> String {
    format!("{} {}", engine.name(), test.name)
}

/// Runs tests of this engine until there are no more.
fn run(engine: Engine, queue: &Queue<&Test>, count: &mut Count) {
    let missing = |count: &mut Count, error| {
        queue.give_up(engine);
        count.missing(engine.name(), &error);
    };
    let driver = match Driver::start(engine) {
        Ok(driver) => driver,
        Err(error) => return missing(count, error),
    };
    let world = match World::start(&driver) {
        Ok(world) => world,
        Err(error) => return missing(count, error),
    };
    while let Some(test) = queue.next(engine) {
        count.run(&full(engine, test), || (test.run)(&world));
    }
}
