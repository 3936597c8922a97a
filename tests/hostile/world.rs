//! One provider, one front end, one browser, and words for what happens between them.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use axum::extract::{RawQuery, Request};
use axum::http::header;
use axum::middleware::{Next, from_fn};
use axum::response::{Html, Redirect};
use axum::routing::{any, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::engines::{Driver, free_port};
use crate::provider::{Endpoint, Provider, Seen};
use crate::webdriver::Browser;

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

/// One browser at the front end.
pub struct Visit<'a> {
    pub world: &'a World<'a>,
    pub browser: Browser,
}

impl Visit<'_> {
    fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        let url = self.browser.url().unwrap_or_default();
        let page = self.browser.run("return JSON.stringify([window.page?.settled, window.page?.events])", &[]);
        let asked: Vec<String> = self.world.provider.all().iter().rev().take(6).map(short).collect();
        let page = page.unwrap_or_default();
        anyhow::anyhow!("{error:#}\n    at {url}\n    page: {page}\n    last asked, newest first: {}", asked.join(", "))
    }

    /// The address of a page with these options on top of the usual ones.
    pub fn page(&self, client: &str, more: Value) -> String {
        let mut options = json!({ "authority": self.world.provider.base, "clientId": client });
        if let (Some(options), Some(more)) = (options.as_object_mut(), more.as_object()) {
            options.extend(more.clone());
        }
        format!("{}/hostile/{}/", self.world.app, BASE64URL.encode(options.to_string()))
    }

    /// Opens a page with these options.
    pub fn open(&self, client: &str, more: Value) -> Result<()> {
        self.browser.goto(&self.page(client, more))
    }

    /// A page that logs in by itself.
    pub fn enter(&self, client: &str) -> Result<()> {
        self.open(client, json!({ "onLoad": "login" }))?;
        self.signed_in()
    }

    /// What `createSession` ended with, on our own page.
    pub fn settled(&self, seconds: u64) -> Result<Value> {
        let script = "return location.origin === arguments[0] ? window.page?.settled ?? null : null";
        self.until("createSession to settle", seconds, || {
            let settled = self.browser.run(script, &[json!(self.world.app)])?;
            Ok((!settled.is_null()).then_some(settled))
        })
    }

    /// It ended with this error.
    pub fn refused(&self, code: &str) -> Result<()> {
        let settled = self.settled(20)?;
        ensure!(settled["code"] == code && settled["ours"] == true, "not {code} but {settled}");
        Ok(())
    }

    /// It ended with a session in this status.
    pub fn is(&self, status: &str) -> Result<()> {
        let settled = self.settled(20)?;
        ensure!(settled["status"] == status, "not {status} but {settled}");
        Ok(())
    }

    pub fn signed_in(&self) -> Result<()> {
        self.is("signed_in")
    }

    /// Asks the page something; `page` and `session` are known.
    pub fn ask(&self, script: &str) -> Result<Value> {
        self.browser.run(&format!("const page = window.page, session = page.session; {script}"), &[])
    }

    /// What a promise of the session ends with: `"ok"` or the error's code.
    pub fn outcome(&self, call: &str) -> Result<String> {
        let script = format!("return await {call}.then(() => 'ok', (error) => error.code ?? String(error))");
        Ok(self.ask(&script)?.as_str().unwrap_or_default().to_string())
    }

    /// The session's status now.
    pub fn status(&self) -> Result<String> {
        Ok(self.ask("return session.status.name")?.as_str().unwrap_or_default().to_string())
    }

    /// How often this client asked for something.
    pub fn count(&self, client: &str, endpoint: Endpoint) -> usize {
        self.world.provider.count(client, endpoint)
    }

    /// How often anybody asked for keys: that request names no client.
    pub fn keys_requests(&self) -> usize {
        self.count("", Endpoint::Keys)
    }

    /// Demands that it asked so often and not more.
    pub fn asked(&self, client: &str, endpoint: Endpoint, times: usize) -> Result<()> {
        let count = self.count(client, endpoint);
        ensure!(count == times, "{endpoint:?} was asked {count} times, not {times}");
        Ok(())
    }

    /// Looks often, because most things here take milliseconds.
    pub fn until<T>(&self, what: &str, seconds: u64, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let end = std::time::Instant::now() + Duration::from_secs(seconds);
        loop {
            let trouble = match look() {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => String::new(),
                Err(error) => format!(" ({error:#})"),
            };
            if std::time::Instant::now() > end {
                bail!("after {seconds} s still waiting for {what}{trouble}");
            }
            pause(20);
        }
    }

    /// Where the provider would send the browser for this request: the callback's address.
    pub fn callback(&self, request: &Seen) -> Result<String> {
        let uri = request.raw.split_whitespace().nth(1).context("no address")?;
        let client = otrs_auth_tools::http::Client::new(Duration::from_secs(10));
        let answer = client.send("GET", &format!("{}{uri}", self.world.provider.base), &[], "")?;
        let location = answer.header("location").to_string();
        ensure!(location.starts_with(&self.world.app), "no callback but {}", answer.status);
        Ok(location)
    }

    /// Goes to a page that does nothing.
    pub fn leave(&self) -> Result<()> {
        self.browser.goto(&format!("{}/hostile/blank", self.world.app))
    }

    /// Goes to a callback's address. Where only the fragment differs, a browser would not load the page.
    pub fn receive(&self, callback: &str) -> Result<()> {
        self.leave()?;
        // Drivers have ideas of their own about what an address may look like.
        self.browser.run("setTimeout(() => { location.href = arguments[0]; }, 0)", &[json!(callback)]).map(drop)
    }

    /// The namespace of a client that began a login.
    pub fn tag(&self, client: &str) -> Result<String> {
        let seen = self.world.provider.seen(client, Endpoint::Authorization);
        let state = seen.first().context("no login")?.get("state");
        Ok(state.split('.').nth(1).context("no namespace")?.to_string())
    }

    /// Changes what the database holds under a name; `text` is it.
    pub fn rewrite(&self, name: &str, change: &str) -> Result<()> {
        let script = format!(
            "const done = (request) => new Promise((fulfil, reject) => {{
                request.onsuccess = () => fulfil(request.result);
                request.onerror = () => reject(request.error);
            }});
            const database = await done(indexedDB.open('otrs-auth'));
            const store = database.transaction('records', 'readwrite').objectStore('records');
            const value = ((text) => {{ {change} }})(await done(store.get(arguments[0])));
            await done(store.put(value, arguments[0]));
            database.close();"
        );
        self.browser.run(&script, &[json!(name)]).map(drop)
    }

    /// Codes of the errors that the page was told of.
    pub fn errors(&self) -> Result<Value> {
        self.ask("return page.events.filter(([type]) => type === 'error').map(([, code]) => code)")
    }

    /// The address holds nothing of an answer.
    pub fn is_clean(&self) -> Result<()> {
        let url = self.browser.url()?;
        let part = ["code=", "state=", "iss=", "error=", "token="].into_iter().find(|part| url.contains(part));
        ensure!(part.is_none(), "the address still holds {part:?}");
        Ok(())
    }

    /// Begins a login that stays at the provider's form; the authorization request.
    pub fn pending(&self, client: &str, more: Value) -> Result<Seen> {
        self.world.provider.be(|faults| faults.nobody = true);
        let mut options = json!({ "onLoad": "login" });
        options.as_object_mut().context("object")?.extend(more.as_object().cloned().unwrap_or_default());
        self.open(client, options)?;
        self.until("the login form", 10, || {
            let title = self.browser.run("return document.title", &[])?;
            Ok((title == "Login").then_some(()))
        })?;
        self.world.provider.be_honest();
        self.world.provider.seen(client, Endpoint::Authorization).pop().context("no authorization request")
    }
}

fn short(seen: &Seen) -> String {
    format!("{:?}({})", seen.endpoint, seen.get("grant_type"))
}

/// Waits where there is nothing to look at.
pub fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
