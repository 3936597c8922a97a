//! The doctor page: nothing to find on a realm as it should be, and each fault found, and no other, where it is made.

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use otrs_auth_tools::dpop::{switch_off, switch_on};
use otrs_auth_tools::process::root;
use otrs_auth_tools::realms::{AGENTS, APP, CUSTOMERS};
use serde_json::{Value, json};

use crate::doctor_site::{Found, Site, address, finds, registered};
use crate::engines::Driver;
use crate::world::{Visit, World, restoring};
use crate::{visit, visit_by};

const BEFORE_LOGIN: [&str; 10] = [
    "version",
    "login",
    "role",
    "claims",
    "dpop",
    "web_origin_wildcard",
    "lifetime",
    "server_clocks",
    "post_logout",
    "unseen",
];

/// Makes the test login.
fn log_in(visit: &Visit<'_>, login: &str) -> Result<Found> {
    visit.browser.click("[data-test=login]")?;
    visit.log_in(login)?;
    Found::read(visit)
}

pub fn green(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        Found::of(visit, world, &world.app, &[])?.is_fine_but(&BEFORE_LOGIN)?;
        log_in(visit, "root@localhost")?.is_fine_but(&["version", "post_logout", "unseen"])?;
        visit.expect_clean_address()?;
        says_no_secret(visit)?;
        visit.browser.click("[data-test=check-logout]")?;
        visit.browser.until("the log-out", 20, || {
            let level =
                visit.browser.run("return document.querySelector('[data-check=post_logout]').dataset.level", &[])?;
            Ok((level == "green").then_some(()))
        })?;
        // The session is over at Keycloak, too: nobody is let in without a password.
        Found::of(visit, world, &world.app, &[])?.is_fine_but(&BEFORE_LOGIN)?;
        visit.browser.click("[data-test=login]")?;
        visit.wait_for_form()?;
        Ok(())
    })?;
    visit(world, driver, |visit| {
        by_form(visit)?.is_fine_but(&BEFORE_LOGIN)?;
        log_in(visit, "ada")?.is_fine_but(&["version", "post_logout", "unseen"])
    })
}

/// As people do: the form knows this server's Keycloak, and the names that belong to an interface.
fn by_form(visit: &Visit<'_>) -> Result<Found> {
    visit.open("/doctor/")?;
    visit.wait_for("ready")?;
    let choose = "const { elements } = document.querySelector('form'); elements.interface.value = 'customer'; \
        elements.interface.dispatchEvent(new Event('change')); return [elements.realm.value, elements.role.value]";
    let names = visit.browser.run(choose, &[])?;
    ensure!(names == json!([CUSTOMERS.name, CUSTOMERS.role]), "the form names {names}");
    visit.browser.click("[data-test=examine]")?;
    visit.browser.until("the findings", 20, || Ok(visit.browser.url()?.contains("?authority=").then_some(())))?;
    Found::read(visit)
}

/// Neither the page nor its report holds a token, a code or a name of somebody.
fn says_no_secret(visit: &Visit<'_>) -> Result<()> {
    let said = visit.browser.run(
        "return [document.body.innerText, document.querySelector('[data-test=report]').value, location.href, \
           JSON.stringify(Object.entries(sessionStorage)), ...performance.getEntriesByType('resource').map((e) => e.name)].join('\\n')",
        &[],
    )?;
    let said = said.as_str().unwrap_or_default();
    ensure!(said.contains("otrs-auth doctor, 20") && said.contains("ok    Redirect URI"), "there is no report: {said}");
    for secret in ["eyJ", "code=", "session_state", "root@", "OTRS Admin", "Admin OTRS"] {
        ensure!(!said.contains(secret), "the page says {secret}");
    }
    Ok(())
}

/// What to change at the client, which check that makes red, and what its remedy has to name.
fn faults(app: &str) -> Vec<(Value, &'static str, Vec<String>)> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    let elsewhere = json!(["http://localhost:5173/*"]);
    vec![
        (json!({ "webOrigins": ["http://localhost:5173"] }), "web_origin", named(&["Web origins", app, APP])),
        (json!({ "enabled": false }), "client", named(&["enable it", APP, AGENTS.name])),
        (json!({ "redirectUris": elsewhere }), "redirect_uri", named(&["Valid redirect URIs", app])),
        (json!({ "standardFlowEnabled": false }), "standard_flow", named(&["Standard flow on"])),
        (json!({ "attributes": { "pkce.code.challenge.method": "" } }), "pkce", named(&["S256", APP])),
        (
            json!({ "attributes": { "exclude.issuer.from.auth.response": "true" } }),
            "issuer_parameter",
            named(&["Exclude Issuer From Authentication Response off"]),
        ),
        (json!({ "implicitFlowEnabled": true }), "implicit_flow", named(&["Implicit flow off"])),
        (json!({ "directAccessGrantsEnabled": true }), "direct_grants", named(&["Direct access grants off"])),
        (json!({ "redirectUris": ["*"] }), "redirect_wildcard", named(&["take *", "Valid redirect URIs"])),
    ]
}

pub fn client(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        for (changes, id, named) in faults(&world.app) {
            let named: Vec<&str> = named.iter().map(String::as_str).collect();
            world.with_client(changes, || finds(visit, world, &world.app, id, &named))?;
        }
        confidential(visit, world)?;
        Found::of(visit, world, &world.app, &[])?.is_fine_but(&BEFORE_LOGIN)
    })
}

/// A client that has a secret; not the usual one, which would keep it.
fn confidential(visit: &Visit<'_>, world: &World) -> Result<()> {
    let clients = format!("/realms/{}/clients", AGENTS.name);
    let client = json!({
        "clientId": "secretive", "publicClient": false, "directAccessGrantsEnabled": false,
        "redirectUris": [format!("{}/doctor/", world.app)], "webOrigins": [world.app],
        "attributes": { "pkce.code.challenge.method": "S256" }
    });
    let id = world.admin.post(&clients, &client)?.context("the new client's id")?;
    let look = || {
        let found = Found::of(visit, world, &world.app, &[("client", "secretive")])?;
        found.is_only("client", &["Client authentication off", "secretive"])
    };
    restoring(look, || world.admin.delete(&format!("{clients}/{id}")))
}

pub fn realm(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        let found = Found::of(visit, world, &world.app, &[("realm", "otrs-agent")])?;
        found.is_only("realm", &["realms/otrs-agent ", "case-sensitive"])?;
        let summary = visit.text("summary")?;
        ensure!(summary.starts_with("1 fault found: Realm."), "the page sums up: {summary}");
        let realm = world.admin.get(&format!("/realms/{}", AGENTS.name))?;
        let mut attributes = realm["attributes"].clone();
        attributes["frontendUrl"] = json!("http://iam.example.com");
        world.with_realm(json!({ "attributes": attributes }), || {
            finds(visit, world, &world.app, "issuer", &["http://iam.example.com/realms/otrs-agents", "--hostname"])
        })?;
        world.with_silence(|| finds(visit, world, &world.app, "reach", &[&world.authority, "start Keycloak"]))?;
        Found::of(visit, world, &world.app, &[])?.is_fine_but(&BEFORE_LOGIN)
    })
}

/// The test login of somebody, and what that shows.
fn login_finds(world: &World, driver: &Driver, [interface, who]: [&str; 2], id: &str, named: &[&str]) -> Result<()> {
    visit(world, driver, |visit| {
        visit.browser.goto(&address(world, &world.app, &[("interface", interface)]))?;
        Found::read(visit)?;
        log_in(visit, who)?.is_only(id, named)
    })
}

pub fn login(world: &World, driver: &Driver) -> Result<()> {
    login_finds(world, driver, ["agent", "norole"], "role", &["Role mapping", "\"Agent\""])?;
    login_finds(world, driver, ["customer", "nocustomerid"], "claims", &["set customerid"])?;
    let by_policy = || {
        switch_on(&world.admin, AGENTS.name)?;
        login_finds(world, driver, ["agent", "agent"], "dpop", &["set dpop"])
    };
    restoring(by_policy, || switch_off(&world.admin, AGENTS.name))?;
    world.admin.set_default_scope(AGENTS.name, APP, "profile", false)?;
    let refused = || {
        visit(world, driver, |visit| {
            Found::of(visit, world, &world.app, &[])?;
            visit.browser.click("[data-test=login]")?;
            visit.browser.until("the way back", 20, || {
                Ok(visit
                    .browser
                    .run("return document.querySelector('[data-check=login][data-level=red]') ? 1 : null", &[])?
                    .as_u64())
            })?;
            Found::read(visit)?.is_only("login", &["Client scopes"])
        })
    };
    restoring(refused, || world.admin.set_default_scope(AGENTS.name, APP, "profile", true))?;
    visit(world, driver, |visit| {
        Found::of(visit, world, &world.app, &[])?;
        log_in(visit, "agent")?;
        world.with_lifespan(7200, || {
            world.with_client(json!({ "webOrigins": ["*"] }), || {
                let found = Found::of(visit, world, &world.app, &[])?;
                ensure!(found.at("amber").contains(&"lifetime"), "two hours are fine: {:?}", found.at("amber"));
                found.is_only("web_origin_wildcard", &["take * out", &world.app])
            })
        })?;
        let elsewhere = json!({ "attributes": { "post.logout.redirect.uris": "http://localhost:5173/*" } });
        world.with_client(elsewhere, || {
            Found::of(visit, world, &world.app, &[])?;
            visit.browser.click("[data-test=check-logout]")?;
            visit.browser.until("the log-out", 20, || {
                let level = visit
                    .browser
                    .run("return document.querySelector('[data-check=post_logout]').dataset.level", &[])?;
                Ok((level != "amber").then_some(()))
            })?;
            Found::read(visit)?.is_only("post_logout", &["Valid post logout redirect URIs", &world.app])
        })
    })
}

/// The page, after a script of ours.
fn after_script(script: &'static str) -> Result<Router> {
    let page = std::fs::read_to_string(root().join("www/doctor/index.html"))?;
    let page = page.replacen("<script ", "<script src=\"/doctor-test.js\"></script><script ", 1);
    ensure!(page.contains("doctor-test.js"), "the page has no script");
    Ok(Router::new()
        .route("/doctor/", get(async move || axum::response::Html(page)))
        .route("/doctor-test.js", get(async move || ([("content-type", "text/javascript")], script))))
}

const NO_STORAGE: &str =
    "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } });";

/// Keycloak 26.4 cannot be told to offer less.
const OLD_KEYCLOAK: &str = "const ask = window.fetch; window.fetch = async (...given) => { const answer = await ask(...given); \
    if (!String(given[0]).endsWith('/openid-configuration')) return answer; \
    const document = await answer.json(); delete document.code_challenge_methods_supported; return Response.json(document); };";

pub fn page(world: &World, driver: &Driver) -> Result<()> {
    let same = |policy: &str| policy.to_string();
    let without = |part: &'static str| move |policy: &str| policy.replace(part, "");
    let asks = format!("connect-src 'self' {}", world.authority);
    let missing = || Router::new().route("/otrs-auth/otrs_auth_bg.wasm", get(async || StatusCode::NOT_FOUND));
    let cases: Vec<(&str, Site, &[&str])> = vec![
        ("policy", Site::start(world, without(" 'wasm-unsafe-eval'"), &[], Router::new())?, &["'wasm-unsafe-eval'"]),
        (
            "policy",
            Site::start(world, |policy| policy.replace(&asks, "connect-src 'self'"), &[], Router::new())?,
            &["connect-src", "http://localhost:"],
        ),
        ("wasm", Site::start(world, same, &[], missing())?, &[".wasm"]),
        ("clock", Site::start(world, same, &[("date", "Sun, 01 Nov 2020 08:00:00 GMT")], Router::new())?, &["clocks"]),
        ("storage", Site::start(world, same, &[], after_script(NO_STORAGE)?)?, &["Allow cookies"]),
        ("discovery", Site::start(world, same, &[], after_script(OLD_KEYCLOAK)?)?, &["Update Keycloak"]),
    ];
    visit(world, driver, |visit| {
        for (id, site, named) in &cases {
            site.registered(world, || finds(visit, world, &site.base, id, named))?;
        }
        other_type(visit, world)
    })?;
    insecure(world, driver)?;
    framed(world, driver)
}

/// A server that does not know WebAssembly: something to look at, no fault.
fn other_type(visit: &Visit<'_>, world: &World) -> Result<()> {
    let file = std::fs::read(root().join("dist/otrs_auth_bg.wasm"))?;
    let routes = Router::new()
        .route("/otrs-auth/otrs_auth_bg.wasm", get(async move || ([("content-type", "text/plain")], file)));
    let site = Site::start(world, str::to_owned, &[], routes)?;
    site.registered(world, || {
        let found = Found::of(visit, world, &site.base, &[])?;
        ensure!(found.at("red").is_empty() && found.at("amber").contains(&"wasm"), "the type: {:?}", found.at("amber"));
        Ok(())
    })
}

fn insecure(world: &World, driver: &Driver) -> Result<()> {
    let site = Site::start(world, str::to_owned, &[], Router::new())?;
    let base = site.base.replace("localhost", "desk.otrs.test");
    registered(world, &base, || {
        visit_by(driver.open_with_names()?, world, driver, |visit| {
            finds(visit, world, &base, "secure", &["https", "allowInsecureHttp"])
        })
    })
}

fn framed(world: &World, driver: &Driver) -> Result<()> {
    let site =
        Site::start(world, |policy| policy.replace("frame-ancestors 'self'", "frame-ancestors *"), &[], Router::new())?;
    let around = format!(
        "<!doctype html><title>Around</title><iframe src=\"{}\" width=900 height=900></iframe>",
        address(world, &site.base, &[])
    );
    let routes = Router::new().route("/", get(async move || axum::response::Html(around)));
    let outer = otrs_auth_tools::server::serve(([127, 0, 0, 1], 0).into(), routes)?;
    site.registered(world, || {
        visit(world, driver, |visit| {
            visit.browser.goto(&outer.base_url)?;
            visit.browser.call("POST", "/frame", Some(json!({ "id": 0 })))?;
            Found::read(visit)?.is_only("framing", &["another origin"])
        })
    })
}
