//! Whole flows: real browsers, a real Keycloak, the demo. `cargo test -p otrs-auth-tools --test flows -- [word ...]`
//! runs those whose engine and name, as in `firefox both_realms`, hold every word.

mod clones;
mod desk;
mod doctor;
mod doctor_site;
mod dpop;
mod ends;
mod engines;
mod examples;
mod front_channel;
mod idle;
mod keeping;
mod keycloak_js;
mod loading;
mod login;
mod logout;
mod looks;
mod looks_page;
mod mock_events;
mod outage;
mod packaging;
mod plain_http;
mod policies;
mod proxy;
mod queue;
mod realms;
mod report;
mod site;
mod step_up;
mod surroundings;
mod tabs;
mod traps;
mod trouble;
mod unsteady;
mod watched;
mod ways;
mod webdriver;
mod world;

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use engines::{Driver, Engine};
use otrs_auth_tools::process::cache;
use queue::{Queue, WORKERS};
use report::Count;
use serde_json::json;
use webdriver::Browser;
use world::{Visit, World};

/// Its name, the flow, and whether WebKit runs it too.
type Flow = (&'static str, fn(&World, &Driver) -> Result<()>, bool);

const FLOWS: &[Flow] = &[
    ("deep_link_login_of_every_account", login::every_account, false),
    ("deep_link_login", login::deep_link, true),
    ("login_under_strict_csp", login::strict_csp, false),
    ("forged_callback", login::forged_callback, true),
    ("replayed_callback", login::replayed_callback, false),
    ("reload_and_new_tab", keeping::reload_and_new_tab, true),
    ("refresh_with_tokens_of_five_seconds", keeping::five_seconds, true),
    ("parallel_refreshes_make_one_request", keeping::parallel, true),
    ("rest_api_refusal_makes_one_retry", keeping::one_retry, false),
    ("a_91_keycloak_stopped_and_started", keeping::outage, false),
    ("a_91_keycloak_slow_and_silent", outage::silence, false),
    ("a_91_browser_without_network", outage::offline, false),
    ("logout_lands_without_a_question", logout::logout, true),
    ("switch_user", logout::switch_user, false),
    ("a_92_disabled_in_the_middle", logout::disabled, true),
    ("a_92_ended_by_people", ends::by_people, false),
    ("a_92_reused_refresh_token", ends::reuse, false),
    ("a_92_logged_out_in_another_application", ends::other_application, false),
    ("front_channel_logout", front_channel::front_channel, false),
    ("a_92_idle_limit", idle::limit, false),
    ("a_90_key_rotated_in_the_middle", ends::key_rotated, false),
    ("both_realms", realms::both, true),
    ("one_login_for_three_tabs", tabs::one_login, true),
    ("three_tabs_after_a_restart", tabs::after_a_restart, true),
    ("try_again_after_a_refused_code", tabs::try_again, false),
    ("one_refresh_for_three_tabs", tabs::one_refresh, true),
    ("cloned_tabs_join_and_refresh_once", clones::clones, false),
    ("a_93_rotating_refresh_tokens_in_five_tabs", tabs::rotation, true),
    ("step_up_and_actions", step_up::step_up, false),
    ("registration_and_account", step_up::registration, false),
    ("back_after_login", ways::back_after_login, true),
    ("check_without_a_form", ways::check, true),
    ("new_browser_session", ways::new_browser_session, true),
    ("a_92_longest_session_is_over", ways::longest_session, true),
    ("no_violation_of_the_policy", surroundings::policy, true),
    ("plain_http_with_names", surroundings::plain_http, true),
    ("one_refresh_without_locks", plain_http::one_refresh, true),
    ("no_database", surroundings::no_database, true),
    ("database_that_never_opens", surroundings::held_database, false),
    ("slow_database", surroundings::slow_database, true),
    ("trap_everywhere", traps::everywhere, true),
    ("no_trap_by_the_page", traps::not_by_the_page, false),
    ("role_missing", trouble::role_missing, true),
    ("customerid_missing", trouble::customerid_missing, false),
    ("profile_scope_missing", trouble::profile_missing, false),
    ("redirect_uri_refused", trouble::redirect_uri, true),
    ("client_unknown", trouble::client_unknown, false),
    ("web_origin_missing", trouble::web_origin, true),
    ("realm_not_found", trouble::realm_not_found, true),
    ("keycloak_down_before_the_page_opens", trouble::down, false),
    ("wasm_blocked_by_policy", trouble::wasm_blocked, true),
    ("c_103_a_41_dpop_refresh_token_is_worth_nothing_elsewhere", dpop::refresh, true),
    ("c_103_dpop_logins_beside_each_other", dpop::tabs, true),
    ("c_103_dpop_clock_wrong_by_an_hour", dpop::wrong_clock, true),
    ("c_103_dpop_full", dpop::full, true),
    ("c_42_c_103_dpop_mismatches", dpop::mismatches, false),
    ("c_103_dpop_stores", dpop::stores, true),
    ("c_103_dpop_unavailable", dpop::unavailable, true),
    ("example_with_vue", examples::vue, true),
    ("example_of_full_page_loads", examples::classic, true),
    ("doctor_finds_nothing", doctor::green, false),
    ("doctor_finds_faults_of_the_client", doctor::client, false),
];

/// What is the same in all engines, or needs a command that the others lack.
const CHROMIUM: &[Flow] = &[
    ("realm_drift_is_reported", realms::drift, false),
    ("doctor_finds_faults_of_the_realm", doctor::realm, false),
    ("doctor_finds_faults_after_a_login", doctor::login, false),
    ("doctor_finds_faults_of_the_page", doctor::page, false),
    ("looks", looks::looks, false),
];

/// The package as others use it, where browsers differ: how they load WebAssembly and enforce policies.
const PACKAGED: &[Flow] = &[
    ("packaged_wasm_missing", loading::missing, false),
    ("packaged_wasm_preloaded", loading::preloaded, false),
    ("packaged_policies_that_lack_something", policies::lacking, false),
    ("packaged_classic_through_the_minifier", packaging::classic, false),
    ("packaged_inline", packaging::inline, false),
];

/// The package as others use it, where browsers hardly differ: in Chromium only.
const PACKAGED_ONCE: &[Flow] = &[
    ("keycloak_js_application", keycloak_js::application, false),
    ("mock_session_is_like_the_real_one", mock_events::as_the_mock, false),
    ("packaged_for_old_browsers", packaging::old_browser, false),
    ("packaged_wasm_as_text", loading::as_text, false),
    ("packaged_by_vite", packaging::vite, false),
    ("packaged_for_vite_dev", packaging::vite_dev, false),
    ("packaged_for_vite_7_dev", packaging::vite_7_dev, false),
    ("packaged_by_webpack_5", packaging::webpack, false),
    ("packaged_by_webpack_4", packaging::webpack4, false),
    ("packaged_by_rollup", packaging::rollup, false),
    ("packaged_by_esbuild", packaging::esbuild, false),
    ("packaged_plain", packaging::plain, false),
    ("packaged_classic_on_plain_http", packaging::classic_on_plain_http, false),
    ("packaged_inline_with_dpop", packaging::inline_with_dpop, false),
    ("packaged_with_integrity", packaging::integrity, false),
    ("packaged_policy_for_nginx", policies::nginx, false),
    ("packaged_policy_for_apache", policies::apache, false),
    ("packaged_policy_for_otrs", policies::otrs, false),
    ("packaged_policy_for_inline", policies::inline, false),
];

/// They begin first: at the end there would be nothing to do beside them.
const LONG: &[&str] = &[
    "deep_link_login_of_every_account",
    "a_92_idle_limit",
    "keycloak_js_application",
    "looks",
    "doctor_finds_faults_after_a_login",
    "doctor_finds_faults_of_the_client",
    "doctor_finds_faults_of_the_page",
    "doctor_finds_faults_of_the_realm",
    "doctor_finds_nothing",
    "a_93_rotating_refresh_tokens_in_five_tabs",
    "refresh_with_tokens_of_five_seconds",
    "database_that_never_opens",
    "front_channel_logout",
    "keycloak_down_before_the_page_opens",
    "a_91_keycloak_stopped_and_started",
    "c_42_c_103_dpop_mismatches",
    "realm_drift_is_reported",
];

/// The whole run, whatever happens. Well below the limit of `npm test` for one step.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

fn main() {
    let words = report::begin("flows", DEADLINE);
    let start = Instant::now();
    let queue = Queue::new(|engine| chosen(engine, &words));
    // Flows change realms and stop the server, and nobody else may notice: each worker has a Keycloak of its own, or
    // they are one.
    let workers = if std::env::var_os("KEYCLOAK_URL").is_some() { 1 } else { WORKERS };
    let counts = queue.run(workers, |world, engine, count| run(world, engine, &queue, count));
    let count = unsteady::settle(Count::sum(counts), |names| {
        let failed = |engine, flow: &&Flow| names.contains(&full(engine, flow));
        let queue =
            Queue::new(|engine| chosen(engine, &words).into_iter().filter(|flow| failed(engine, flow)).collect());
        queue.run(1, |world, engine, count| run(world, engine, &queue, count))
    });
    report::end(start, &count)
}

fn full(engine: Engine, (name, _, _): &Flow) -> String {
    format!("{} {name}", engine.name())
}

fn chosen(engine: Engine, words: &[String]) -> Vec<&'static Flow> {
    let once: &[&[Flow]] = if engine == Engine::Chromium { &[CHROMIUM, PACKAGED_ONCE] } else { &[] };
    let all = FLOWS.iter().chain(PACKAGED).chain(once.iter().copied().flatten());
    let mut chosen: Vec<_> = all
        .filter(|flow| (engine != Engine::Webkit || flow.2) && report::is_chosen(&full(engine, flow), words))
        .collect();
    chosen.sort_by_key(|flow| !LONG.contains(&flow.0));
    chosen
}

/// Runs flows of this engine, in the worker's world, until there are no more.
fn run(world: &mut Option<World>, engine: Engine, queue: &Queue<&'static Flow>, count: &mut Count) {
    let driver = match start(world, engine) {
        Ok(driver) => driver,
        Err(error) => {
            queue.give_up(engine);
            return count.missing(engine.name(), &error);
        }
    };
    let Some(world) = world else { return };
    while let Some(flow) = queue.next(engine) {
        let full = full(engine, flow);
        driver.picture.replace(cache("flows").join(full.replace(' ', "-")).with_extension("png"));
        count.run(&full, || flow.1(world, &driver));
    }
}

/// What all flows of an engine need.
fn start(world: &mut Option<World>, engine: Engine) -> Result<Driver> {
    if world.is_none() {
        *world = Some(World::start()?);
    }
    Driver::start(engine)
}

/// What a page asked of Keycloak: last part of the path, status, start and duration in ms.
const REQUESTS: &str = "return performance.getEntriesByType('resource').filter((e) => e.name.startsWith(arguments[0]))\
    .map((e) => [new URL(e.name).pathname.split('/').pop(), e.responseStatus, Math.round(e.startTime), Math.round(e.duration)].join(' '))";

/// Runs `work` with a browser that knows nothing; if it fails, tells what the page showed. To begin a new one each time
/// would take as long as all else.
pub fn visit(world: &World, driver: &Driver, work: impl FnOnce(&Visit<'_>) -> Result<()>) -> Result<()> {
    let spare = driver.spare.take();
    let browser = match spare.filter(|browser| world.wipe(browser).is_ok()) {
        Some(browser) => browser,
        None => driver.open()?,
    };
    driver.spare.replace(Some(work_with(browser, world, driver, work)?));
    Ok(())
}

/// The same with this browser.
pub fn visit_by(
    browser: Browser,
    world: &World,
    driver: &Driver,
    work: impl FnOnce(&Visit<'_>) -> Result<()>,
) -> Result<()> {
    work_with(browser, world, driver, work).map(drop)
}

/// Gives the browser back, if all went well.
fn work_with(
    browser: Browser,
    world: &World,
    driver: &Driver,
    work: impl FnOnce(&Visit<'_>) -> Result<()>,
) -> Result<Browser> {
    let visit = Visit { world, browser };
    let result = work(&visit);
    let Err(error) = result else { return Ok(visit.browser) };
    let picture = driver.picture.borrow();
    let _ = std::fs::create_dir_all(cache("flows"));
    let _ = visit.browser.screenshot(&picture);
    let url = visit.browser.url().unwrap_or_default();
    let body = visit.browser.run("return document.body?.innerText.slice(0, 600) ?? ''", &[]).unwrap_or_default();
    let shown = body.as_str().unwrap_or_default().replace('\n', " | ");
    let requests = visit.browser.run(REQUESTS, &[json!(world.authority)]).unwrap_or_default();
    Err(anyhow!(
        "{error:#}\n    at {} showing: {shown}\n    asked of Keycloak: {requests}\n    picture: {}",
        world::cut(&url),
        picture.display()
    ))
}
