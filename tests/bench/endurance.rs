//! A working day in minutes: what is left in memory after many refreshes, and on the page after `close()`.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::processor::metrics;
use crate::rounds::Place;
use crate::webdriver::Browser;

/// Between two answers to the driver.
const AT_ONCE: usize = 100;
const SESSIONS: usize = 20;
/// What a heap may differ by after the same work, bytes: engines compile, cache and round.
const NOISE: f64 = 200_000.0;

/// Bytes in use: what scripts hold, what lies behind their buffers, and the WebAssembly's memory.
fn memory(browser: &Browser) -> Result<[f64; 3]> {
    // What is let go by what is collected is collected the next time, and the WebAssembly lets go a moment later.
    for _ in 0..5 {
        browser.devtools("HeapProfiler.collectGarbage", &json!({}))?;
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let usage = browser.devtools("Runtime.getHeapUsage", &json!({}))?;
    let number = |name: &str| usage[name].as_f64().with_context(|| format!("no {name} in {usage}"));
    let wasm = browser.run("return bench.wasm()", &[])?.as_f64().context("no memory of the WebAssembly")?;
    Ok([number("usedSize")?, number("backingStorageSize")?, wasm])
}

/// Listeners, frames and documents that are alive.
fn left(browser: &Browser) -> Result<[f64; 3]> {
    memory(browser)?;
    metrics(browser, ["JSEventListeners", "Frames", "Documents"])
}

/// Refreshes so often, as in a whole day; then begins and closes sessions.
pub fn run(place: &Place<'_>, refreshes: usize) -> Result<(Value, String)> {
    let browser = place.signed_in("otrs-auth")?;
    let round = |count: usize| {
        let script = format!("for (let i = 0; i < {count}; i++) await bench.refresh()");
        browser.run(&script, &[]).map(drop)
    };
    // The first ones fill caches.
    round(AT_ONCE)?;
    let mut course = vec![memory(&browser)?];
    let rounds = refreshes / AT_ONCE;
    for number in 1..=rounds {
        round(AT_ONCE)?;
        if number % rounds.div_ceil(5) == 0 {
            course.push(memory(&browser)?);
        }
    }
    let kilobytes = course.iter().map(|[heap, _, wasm]| format!("{:.0} and {:.0}", heap / 1000.0, wasm / 1000.0));
    let kilobytes = kilobytes.collect::<Vec<_>>().join("; ");
    let mut text = format!(
        "\n**Memory of otrs-auth**\n\nIn the course of {refreshes} refreshes, kB of the scripts' heap and of the WebAssembly's memory: {kilobytes}.\n"
    );
    for part in 0..3 {
        let at = |point: Option<&[f64; 3]>| point.and_then(|point| point.get(part)).copied().unwrap_or(f64::NAN);
        // The WebAssembly keeps as much as it ever needed between two collections of the engine: that takes some
        // thousands to find.
        let growth = at(course.last()) - at(course.get(course.len() / 2));
        ensure!(growth < NOISE, "{growth} bytes more in the second half of {refreshes} refreshes: {course:?}");
    }

    browser.devtools("Performance.enable", &json!({}))?;
    let timers = "const set = window.setTimeout, clear = window.clearTimeout; window.timers = new Set(); \
        window.setTimeout = (call, ms, ...rest) => { const id = set(() => { timers.delete(id); call?.(...rest); }, ms); timers.add(id); return id; }; \
        window.clearTimeout = (id) => { timers.delete(id); clear(id); }";
    browser.run(timers, &[])?;
    browser.run("bench.close()", &[])?;
    let before = left(&browser)?;
    let with = browser.run("await bench.again(); return timers.size", &[])?;
    let during = left(&browser)?;
    ensure!(during != before, "a session has no listener: this sees nothing");
    for _ in 0..SESSIONS {
        browser.run("bench.close(); await bench.again()", &[])?;
    }
    browser.run("bench.close()", &[])?;
    let after = left(&browser)?;
    let timers = browser.run("return timers.size", &[])?;
    text.push_str(&format!(
        "Listeners, frames and documents: {before:?} without a session, {during:?} with one, {after:?} after {SESSIONS} were closed; \
         timers: {with}, then {timers}.\n"
    ));
    ensure!(
        after == before && timers == 0,
        "after close() there is left: {after:?}, before: {before:?}; timers: {timers}"
    );
    let left = json!({ "before": before, "during": during, "after": after });
    Ok((json!({ "refreshes": refreshes, "memory": course, "left": left }), text))
}
