//! What is still to be run, by engine, for workers side by side.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engines::Engine;
use crate::report::Count;

/// More than the cores there are: much of what browsers are asked to do is to wait.
pub const WORKERS: usize = 3;

/// For fewer jobs another worker would cost more than it saves: each has a Keycloak and browsers to start.
const WORTH: usize = 6;

/// What one engine still has to run, and how many workers are at it.
struct Left<T> {
    engine: Engine,
    jobs: VecDeque<T>,
    workers: usize,
}

/// What all engines still have to run.
pub struct Queue<T>(Mutex<Vec<Left<T>>>);

impl<T: Send> Queue<T> {
    /// Of what each engine is to run.
    pub fn new(jobs: impl Fn(Engine) -> Vec<T>) -> Self {
        let left = |engine| Left { engine, jobs: jobs(engine).into(), workers: 0 };
        Self(Mutex::new(Engine::ALL.map(left).into()))
    }

    /// Runs all of it, by so many workers at the most. `work` is given what its worker keeps and an engine, of which
    /// it is to take jobs until there are none.
    pub fn run<K: Default>(&self, workers: usize, work: impl Fn(&mut K, Engine, &mut Count) + Sync) -> Vec<Count> {
        let worker = || {
            let (mut kept, mut count) = (K::default(), Count::default());
            while let Some(engine) = self.engine() {
                work(&mut kept, engine, &mut count);
            }
            count
        };
        let jobs: usize = self.lock().iter().map(|left| left.jobs.len()).sum();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..workers.min(jobs.div_ceil(WORTH))).map(|_| scope.spawn(worker)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Count::broken())).collect()
        })
    }

    /// The next job of this engine.
    pub fn next(&self, engine: Engine) -> Option<T> {
        self.lock().iter_mut().find(|left| left.engine == engine)?.jobs.pop_front()
    }

    /// Takes everything away from an engine that cannot run it.
    pub fn give_up(&self, engine: Engine) {
        while self.next(engine).is_some() {}
    }

    /// The engine with the most to do for each of its workers.
    fn engine(&self) -> Option<Engine> {
        let mut all = self.lock();
        let left = all.iter_mut().filter(|left| !left.jobs.is_empty());
        let most = left.max_by_key(|left| left.jobs.len() / (left.workers + 1))?;
        most.workers += 1;
        Some(most.engine)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Left<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
