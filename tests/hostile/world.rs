//! One provider and one front end, and the browsers that visit it.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use axum::extract::{RawQuery, Request};
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, Redirect};
use axum::routing::{any, get};
use otrs_auth_tools::server;

use crate::engines::{Driver, free_port};
use crate::provider::Provider;
use crate::webdriver::Browser;

pub use crate::visit::Visit;

pub const AGENTS: &str = "otrs-agents";
pub const CUSTOMERS: &str = "otrs-customer-users";

/// The outside of one run.
pub struct World<'a> {
    pub provider: Provider,
    /// The front end's origin.
    pub app: String,
    /// Path and Referer of every request to the front end's server.
    pub referers: Arc<Mutex<Vec<(String, String)>>>,
    pub driver: &'a Driver,
    browser: RefCell<Option<Browser>>,
    clients: Cell<u32>,
    _server: server::Running,
}

impl<'a> World<'a> {
    pub fn start(driver: &'a Driver) -> Result<Self> {
        let provider = Provider::start()?;
        let referers = Arc::default();
        let mut options = server::Options::new(&provider.base);
        options.routes = Some(front_end(&provider.base, Arc::clone(&referers)));
        // An app with the worst policy shows what leaks.
        options.headers = vec![("referrer-policy".into(), "unsafe-url".into())];
        // The demo's policy, but for frames: some attacks put the page into one.
        // The independent provider's port is not known yet.
        options.csp = Some(format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://localhost:* {} {}; frame-src *; object-src 'none'",
            provider.base,
            named(&provider.base, "iam")
        ));
        let port = free_port()?;
        let server = server::start_with(([127, 0, 0, 1], port).into(), options)?;
        let app = format!("http://localhost:{port}");
        let (browser, clients) = (RefCell::default(), Cell::new(0));
        Ok(Self { provider, app, referers, driver, browser, clients, _server: server })
    }

    /// Does something with the browser that all tests share. Clients keep them apart: each test has its own.
    pub fn visit(&self, work: impl FnOnce(&Visit<'_>) -> Result<()>) -> Result<()> {
        let browser = match self.browser.borrow_mut().take() {
            Some(browser) => browser,
            None => self.driver.open()?,
        };
        let visit = Visit { world: self, browser };
        let result = work(&visit);
        self.provider.be_honest();
        match result {
            Ok(()) => {
                self.browser.replace(Some(visit.browser));
                Ok(())
            }
            // What is left of it is of no use to the next one.
            Err(error) => Err(visit.explained(error)),
        }
    }

    /// Does something with a browser of its own.
    pub fn alone(&self, work: impl FnOnce(&Visit<'_>) -> Result<()>) -> Result<()> {
        self.with(self.driver.open_beside()?, work)
    }

    /// Does something with this browser.
    pub fn with(&self, browser: Browser, work: impl FnOnce(&Visit<'_>) -> Result<()>) -> Result<()> {
        let visit = Visit { world: self, browser };
        let result = work(&visit);
        self.provider.be_honest();
        result.map_err(|error| visit.explained(error))
    }

    /// The name of a client that nobody has used.
    pub fn client(&self) -> String {
        self.clients.set(self.clients.get() + 1);
        format!("app-{}", self.clients.get())
    }
}

/// The same address by a name that is no loopback name to a browser.
pub fn named(address: &str, name: &str) -> String {
    address.replacen("localhost", &format!("{name}.otrs.test"), 1)
}

/// A page that calls `createSession` with the options in its path.
fn front_end(provider: &str, referers: Arc<Mutex<Vec<(String, String)>>>) -> axum::Router {
    const PAGE: &str = "<!doctype html><title>hostile</title><body><script src=/hostile/ears.js></script>
        <script type=module src=/hostile/page.js></script>";
    let page = async || Html(PAGE);
    let blank = async || Html("<!doctype html><title>blank</title><body>");
    let script = async || ([("content-type", "text/javascript")], include_str!("page.js"));
    let around = async |RawQuery(address): RawQuery| Html(format!("<iframe src=\"{}\">", address.unwrap_or_default()));
    let ears = async || ([("content-type", "text/javascript")], include_str!("ears.js"));
    let elsewhere = format!("{}/stolen-api", provider.replace("localhost", "127.0.0.1"));
    let moved = async move || Redirect::temporary(&elsewhere);
    let note = move |request: Request, next: Next| {
        let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let entry = (request.uri().path().to_string(), referer.to_string());
        referers.lock().map(|mut all| all.push(entry)).ok();
        next.run(request)
    };
    axum::Router::new()
        .route("/hostile/page.js", get(script))
        .route("/hostile/echo", any(async |request: Request| format!("{:?}", request.headers())))
        .route("/hostile/moved", get(moved))
        .route("/hostile/api", get(async || axum::http::StatusCode::UNAUTHORIZED))
        .route("/hostile/around", get(around))
        .route("/hostile/ears.js", get(ears))
        .route("/hostile/blank", get(blank))
        .route("/hostile/{options}/", get(page))
        .route("/independent/{options}/", get(page))
        .route("/hostile/{options}/{*rest}", get(page))
        .merge(crate::globals::page())
        .layer(from_fn(note))
}

/// Waits where there is nothing to look at.
pub fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
