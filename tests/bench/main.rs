//! Figures beside those of others: `npm run bench`. The same Keycloak, the same browser, one after the other in each round.

mod endurance;
mod figures;
mod link;
mod processor;
mod rounds;
mod site;

#[path = "../flows/engines.rs"]
#[allow(dead_code, reason = "one engine is enough here")]
mod engines;
#[path = "../flows/proxy.rs"]
mod proxy;
#[path = "../flows/webdriver.rs"]
#[allow(dead_code, reason = "flows do more with a browser")]
mod webdriver;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result, ensure};
use engines::{Driver, Engine, free_port};
use figures::Figures;
use otrs_auth_tools::bench::{self, SDKS};
use otrs_auth_tools::process::{self, cache};
use otrs_auth_tools::{keycloak, server};
use rounds::Place;

/// Round-trip times, ms.
const DISTANCES: [u64; 3] = [0, 40, 150];

fn main() {
    process::stop_children_on_signals();
    let outcome = run();
    process::stop_children();
    if let Err(error) = outcome {
        println!("{error:#}");
        std::process::exit(1);
    }
}

/// What was measured, when, and with what.
fn about(place: &Place<'_>, rounds: usize) -> Result<String> {
    let browser = place.driver.open()?.devtools("Browser.getVersion", &serde_json::json!({}))?;
    let browser = browser["product"].as_str().context("a browser without a version")?.replace('/', " ");
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let date = date.get(5..16).unwrap_or_default();
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{date}: {rounds} rounds, {browser}, Keycloak {}, a machine with {cores} cores", keycloak::VERSION))
}

fn run() -> Result<()> {
    let number =
        |name: &str, usual: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let rounds = number("OTRS_AUTH_BENCH_ROUNDS", 15);
    let port = free_port()?;
    let (to_pages, to_keycloak) = (Arc::default(), Arc::default());
    let app = format!("http://localhost:{}", link::open(port, &to_pages)?);
    let options = keycloak::Options { app_origins: vec![app.clone()], ..keycloak::Options::default() };
    let keycloak = keycloak::start(&options)?;
    let (_, keycloak_port) = keycloak.base_url().rsplit_once(':').context("Keycloak's address has no port")?;
    let authority = format!("http://localhost:{}", link::open(keycloak_port.parse()?, &to_keycloak)?);
    let pages = site::pages(&bench::folder(), &authority)?;
    let _server = server::serve(([127, 0, 0, 1], port).into(), pages)?;
    let driver = Driver::start(Engine::Chromium)?;
    let place = Place { driver: &driver, app, to_pages, to_keycloak };

    let (endurance, memory) = endurance::run(&place, number("OTRS_AUTH_BENCH_REFRESHES", 10_000))?;
    let (processor, processor_table) = processor::run(&place)?;
    println!("{processor_table}{memory}");
    let about = about(&place, rounds)?;
    let folder = cache("bench");
    std::fs::create_dir_all(&folder)?;
    let mut figures = Figures::default();
    for distance in DISTANCES {
        place.to_pages.round_trip.store(distance, Relaxed);
        place.to_keycloak.round_trip.store(distance, Relaxed);
        for round in 0..rounds {
            // Not always in the same order, nor after the same one: what the machine does meanwhile shall hit all.
            for index in 0..SDKS.len() {
                let index = if round % 2 == 0 { index } else { SDKS.len() - index };
                let Some(sdk) = SDKS.get((index + round) % SDKS.len()) else { continue };
                if let Err(error) = place.round(sdk.name, distance, &mut figures) {
                    figures.failed(sdk.name, distance, &format!("{error:#}"));
                }
            }
            println!("{distance} ms: round {} of {rounds}", round + 1);
        }
        // What there is, in case it does not come to its end.
        std::fs::write(folder.join("bench.json"), figures.json(&about, &endurance, &processor).to_string())?;
        std::fs::write(folder.join("bench.md"), figures.document(&about) + &processor_table + &memory)?;
        std::fs::write(folder.join("short.md"), figures.short())?;
        std::fs::write(folder.join("bench.svg"), figures.chart())?;
    }
    println!("\n{about}\n\n{}", figures.short());
    println!("written to {}; npm run docs -- --figures takes it over", folder.display());
    ensure!(figures.is_whole("otrs-auth"), "otrs-auth did not get through all rows");
    Ok(())
}
