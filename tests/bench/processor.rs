//! What the processor has to do: for a refresh with all its checks, and for the valid token a thousand times.

use std::collections::HashMap;

use anyhow::{Context, Result};
use otrs_auth_tools::bench::SDKS;
use serde_json::{Value, json};

use crate::rounds::Place;
use crate::webdriver::Browser;

/// Of each kind, and how many between two answers to the driver.
const REFRESHES: [u32; 2] = [200, 50];
const THOUSANDS: [u32; 2] = [8, 1];
/// Between two samples of the profiler, µs.
const INTERVAL: u32 = 100;

/// What one call took, ms.
struct Cost {
    /// The page's thread, with the browser's own work for it.
    thread: f64,
    /// All threads of the page's process, as those that compute signatures.
    process: f64,
    /// Of the page's thread: in WebAssembly.
    wasm: f64,
    /// Of the page's thread: in scripts.
    scripts: f64,
}

/// Every SDK at no distance: what a call takes is then mostly work.
pub fn run(place: &Place<'_>) -> Result<(Value, String)> {
    let mut text = String::from(
        "\n**Processor time, ms: the page's thread · all threads of its process · in WebAssembly · in scripts**\n\n\
         | | one refresh | 1,000 calls for the valid token |\n|---|---|---|\n",
    );
    let mut all = Vec::new();
    for sdk in SDKS {
        let browser = place.signed_in(sdk.name)?;
        let refresh = cost(&browser, "await bench.refresh()", REFRESHES).context(sdk.name)?;
        let tokens =
            cost(&browser, "for (let i = 0; i < 1000; i++) await bench.token()", THOUSANDS).context(sdk.name)?;
        let cell =
            |cost: &Cost| format!("{:.2} · {:.2} · {:.2} · {:.2}", cost.thread, cost.process, cost.wasm, cost.scripts);
        text.push_str(&format!("| {} | {} | {} |\n", sdk.title, cell(&refresh), cell(&tokens)));
        let figures = |cost: Cost| json!({ "thread": cost.thread, "process": cost.process, "wasm": cost.wasm, "scripts": cost.scripts });
        all.push(json!({ "sdk": sdk.name, "refresh": figures(refresh), "tokens": figures(tokens) }));
    }
    Ok((all.into(), text))
}

fn cost(browser: &Browser, script: &str, [times, at_once]: [u32; 2]) -> Result<Cost> {
    let script = format!("for (let n = 0; n < {at_once}; n++) {{ {script} }}");
    let again = |times: u32| (0..times / at_once).try_for_each(|_| browser.run(&script, &[]).map(drop));
    // The first ones are compiled.
    again(times / 4)?;
    browser.devtools("Performance.enable", &json!({}))?;
    let [thread, process] = spent(browser)?;
    again(times)?;
    let [thread_then, process_then] = spent(browser)?;
    // The profiler costs time of its own, so it looks at others.
    browser.devtools("Profiler.enable", &json!({}))?;
    browser.devtools("Profiler.setSamplingInterval", &json!({ "interval": INTERVAL }))?;
    browser.devtools("Profiler.start", &json!({}))?;
    again(times)?;
    let [wasm, scripts] = shares(&browser.devtools("Profiler.stop", &json!({}))?["profile"]);
    let each = |ms: f64| ms / f64::from(times);
    Ok(Cost {
        thread: each(thread_then - thread),
        process: each(process_then - process),
        wasm: each(wasm),
        scripts: each(scripts),
    })
}

/// Processor time of the page's thread and of its process so far, ms.
fn spent(browser: &Browser) -> Result<[f64; 2]> {
    Ok(metrics(browser, ["ThreadTime", "ProcessTime"])?.map(|seconds| seconds * 1000.0))
}

/// What the browser counts under these names, once `Performance.enable` was asked for.
pub fn metrics<const N: usize>(browser: &Browser, names: [&str; N]) -> Result<[f64; N]> {
    let metrics = browser.devtools("Performance.getMetrics", &json!({}))?;
    let mut values = [0.0; N];
    for (value, name) in values.iter_mut().zip(names) {
        let found = metrics["metrics"].as_array().into_iter().flatten().find(|metric| metric["name"] == name);
        *value = found.and_then(|metric| metric["value"].as_f64()).with_context(|| format!("no {name}"))?;
    }
    Ok(values)
}

/// How long a profile was in WebAssembly and in scripts, ms.
fn shares(profile: &Value) -> [f64; 2] {
    let url = |node: &Value| node["callFrame"]["url"].as_str().unwrap_or_default().to_owned();
    let nodes = profile["nodes"].as_array().into_iter().flatten();
    let places: HashMap<u64, String> = nodes.filter_map(|node| Some((node["id"].as_u64()?, url(node)))).collect();
    let samples = profile["samples"].as_array().into_iter().flatten().filter_map(Value::as_u64);
    let times = profile["timeDeltas"].as_array().into_iter().flatten().filter_map(Value::as_f64);
    samples.zip(times).fold([0.0; 2], |[wasm, scripts], (id, time)| match places.get(&id).map(String::as_str) {
        Some(url) if url.contains("wasm") => [wasm + time / 1000.0, scripts],
        Some(url) if url.starts_with("http") => [wasm, scripts + time / 1000.0],
        _ => [wasm, scripts],
    })
}
