//! What all flows share: one Keycloak, one demo server, and words for what people do.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::routing::get;
use otrs_auth_tools::admin::Admin;
use otrs_auth_tools::realms::{AGENTS, APP, REALMS};
use otrs_auth_tools::{accounts, examples, keycloak, server};
use serde_json::{Value, json};

use crate::engines::free_port;
use crate::webdriver::Browser;

/// The outside of one run.
pub struct World {
    keycloak: Mutex<keycloak::Running>,
    pub admin: Admin,
    pub app: String,
    pub authority: String,
    /// How often the test page's API has refused.
    pub refused: Arc<AtomicUsize>,
    _server: server::Running,
}

impl World {
    pub fn start() -> Result<Self> {
        examples::ready()?;
        let port = free_port()?;
        let app = format!("http://localhost:{port}");
        let options = keycloak::Options { app_origins: vec![app.clone()], ..keycloak::Options::default() };
        let start = Instant::now();
        let keycloak = keycloak::start(&options)?;
        println!("{} ready after {:.0} s", keycloak.description, start.elapsed().as_secs_f64());
        let authority = keycloak.base_url().to_string();
        let mut options = server::Options::new(&authority);
        let refused = Arc::default();
        options.routes = Some(test_page(Arc::clone(&refused)));
        let server = server::start_with(([127, 0, 0, 1], port).into(), options)?;
        Ok(Self { admin: keycloak.admin(), keycloak: Mutex::new(keycloak), app, authority, refused, _server: server })
    }

    /// Takes everything from a browser that it knows of Keycloak and the front end, and all its tabs but a new one.
    pub fn wipe(&self, browser: &Browser) -> Result<()> {
        let tabs = browser.tabs()?;
        let fresh = browser.new_tab()?;
        for tab in &tabs {
            browser.to_tab(tab)?;
            browser.close_tab()?;
        }
        browser.to_tab(&fresh)?;
        // Keycloak's cookies are of one realm each. Of its pages this is one that shows nothing and asks for nothing.
        for realm in REALMS {
            let page = "protocol/openid-connect/login-status-iframe.html";
            browser.goto(&format!("{}/realms/{}/{page}", self.authority, realm.name))?;
            browser.forget_cookies()?;
        }
        browser.goto(&format!("{}/icon.svg", self.app))?;
        browser.forget_cookies()?;
        let script = "localStorage.clear(); sessionStorage.clear(); \
            const gone = (name) => new Promise((done, failed) => { \
              const request = indexedDB.deleteDatabase(name); request.onsuccess = done; request.onerror = failed; \
              setTimeout(failed, 2000, 'a database that stays'); }); \
            await Promise.all((await indexedDB.databases()).map(({ name }) => gone(name))); \
            return document.cookie + (await indexedDB.databases()).length";
        let left = browser.run(script, &[])?;
        ensure!(left == "0", "the browser still knows {left}");
        Ok(())
    }

    pub fn keycloak(&self) -> MutexGuard<'_, keycloak::Running> {
        self.keycloak.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes fields of the front end's client for the time of `work`.
    pub fn with_client(&self, changes: Value, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut before = self.admin.client(AGENTS.name, APP)?;
        // Keycloak keeps attributes that are not named.
        for (name, _) in changes["attributes"].as_object().into_iter().flatten() {
            let kept = before["attributes"][name].as_str().unwrap_or_default().to_string();
            before["attributes"][name] = json!(kept);
        }
        self.admin.update_client(AGENTS.name, APP, &changes)?;
        restoring(work, || self.admin.save_client(AGENTS.name, &before))
    }

    /// Changes settings of the agents' realm for the time of `work`.
    pub fn with_realm(&self, changes: Value, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let realm = self.admin.get(&format!("/realms/{}", AGENTS.name))?;
        let names = changes.as_object().into_iter().flatten().map(|(name, _)| name);
        let before: Value = names.map(|name| (name.clone(), realm[name].clone())).collect();
        self.admin.set_realm(AGENTS.name, &changes)?;
        restoring(work, || self.admin.set_realm(AGENTS.name, &before))
    }

    /// Lets access tokens live this many seconds for the time of `work`.
    pub fn with_lifespan(&self, seconds: u32, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.with_realm(json!({ "accessTokenLifespan": seconds }), work)
    }

    /// Keeps Keycloak away for the time of `work`.
    pub fn without_keycloak(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        self.keycloak().stop();
        restoring(work, || self.keycloak().start_again())
    }

    /// Lets Keycloak take connections and answer nothing for the time of `work`.
    pub fn with_silence<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.keycloak().hold(true);
        restoring(work, || {
            self.keycloak().hold(false);
            Ok(())
        })
    }
}

/// Does `work` and then `restore`, whatever happens meanwhile.
pub fn restoring<T>(work: impl FnOnce() -> Result<T>, restore: impl FnOnce() -> Result<()>) -> Result<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    let restored = restore();
    let value = result.unwrap_or_else(|panic| resume_unwind(panic))?;
    restored.map(|()| value)
}

/// A page that does nothing but call `createSession` with the options in its query.
pub fn test_page(refused: Arc<AtomicUsize>) -> axum::Router {
    const PAGE: &str = "<!doctype html><title>createSession</title><body><script type=module src=create.js></script>";
    const SCRIPT: &str = "import { createSession, AuthError } from '/otrs-auth/index.js';
        const options = JSON.parse(decodeURIComponent(location.search.slice(1)));
        createSession(options)
          .then((s) => ['ok', s.status.name], (e) => [e.code, e.subject, e.remedy, e instanceof AuthError])
          .then((result) => { document.body.dataset.result = JSON.stringify(result); });";
    let page = async || axum::response::Html(PAGE);
    let script = async || ([("content-type", "text/javascript")], SCRIPT);
    let refuse = async move || {
        refused.fetch_add(1, Relaxed);
        axum::http::StatusCode::UNAUTHORIZED
    };
    axum::Router::new()
        .route("/flow-test/refused", get(refuse))
        .route("/flow-test/", get(page))
        .route("/flow-test/create.js", get(script))
}

/// One person at one browser.
pub struct Visit<'a> {
    pub world: &'a World,
    pub browser: Browser,
}

impl Visit<'_> {
    /// Opens a page of the demo.
    pub fn open(&self, path: &str) -> Result<()> {
        self.browser.goto(&format!("{}{path}", self.world.app))
    }

    /// Waits for Keycloak's login form; its address.
    pub fn wait_for_form(&self) -> Result<String> {
        self.browser.until("Keycloak's login form", 15, || {
            let there = self.browser.run("return document.querySelector('#kc-login') ? location.href : null", &[])?;
            Ok(there.as_str().map(String::from))
        })
    }

    /// Reloads the page if it is one of Keycloak's. Looks and reloads in one go: it may be about to leave.
    pub fn reload_keycloak(&self) -> Result<()> {
        let script = "if (location.href.startsWith(arguments[0])) setTimeout(() => location.reload(), 0)";
        self.browser.run(script, &[json!(self.world.authority)]).map(drop)
    }

    /// Waits for Keycloak's form and logs in.
    pub fn log_in(&self, login: &str) -> Result<()> {
        self.log_in_at(&self.world.authority, login)
    }

    /// The same, where Keycloak goes by another name.
    pub fn log_in_at(&self, authority: &str, login: &str) -> Result<()> {
        let url = self.wait_for_form()?;
        ensure!(url.starts_with(&format!("{authority}/realms/")), "the form is at another address: {}", cut(&url));
        self.browser.fill("#username", login)?;
        self.browser.fill("#password", &accounts::password())?;
        self.browser.click("#kc-login")
    }

    /// Opens a page and logs in there.
    pub fn enter(&self, path: &str, login: &str) -> Result<()> {
        self.open(path)?;
        self.log_in(login)?;
        self.wait_for("signed_in")
    }

    /// Logs out and waits for the page that the browser comes back to.
    pub fn log_out(&self) -> Result<()> {
        // Later, or the page is gone before the answer to this script.
        self.ask("window.leaving = true; setTimeout(() => session.logout(), 50); return 1")?;
        self.browser.until("the page after the log-out", 20, || {
            let script = "return !window.leaving && document.body?.dataset.status === 'ended'";
            Ok((self.browser.run(script, &[])? == true).then_some(()))
        })
    }

    /// The page's own word for where it stands.
    pub fn status(&self) -> Result<String> {
        let status = self.browser.run("return document.body?.dataset.status ?? ''", &[])?;
        Ok(status.as_str().unwrap_or_default().to_string())
    }

    /// Waits until the page says so.
    pub fn wait_for(&self, status: &str) -> Result<()> {
        let result = self.browser.until(&format!("status {status}"), 20, || {
            let there = self.browser.url()?.starts_with(&self.world.app) && self.status()? == status;
            Ok(there.then_some(()))
        });
        result.with_context(|| format!("it is \"{}\"", self.status().unwrap_or_default()))
    }

    /// The text of an element of the page.
    pub fn text(&self, test: &str) -> Result<String> {
        let script = format!("return document.querySelector('[data-test=\"{test}\"]')?.textContent ?? null");
        let text = self.browser.until(&format!("something called {test}"), 5, || {
            Ok(self.browser.run(&script, &[])?.as_str().map(String::from))
        })?;
        Ok(text.trim().to_string())
    }

    /// Asks the session something; `session` is it.
    pub fn ask(&self, script: &str) -> Result<Value> {
        self.browser.run(&format!("const session = window.otrsAuthDemo.session; {script}"), &[])
    }

    /// Requests of this page load to Keycloak whose address holds this.
    pub fn requests(&self, part: &str) -> Result<u64> {
        let script = format!(
            "return performance.getEntriesByType('resource').filter(e => e.name.startsWith('{}') && e.name.includes('{part}')).length",
            self.world.authority
        );
        Ok(self.browser.run(&script, &[])?.as_u64().unwrap_or_default())
    }

    /// The address holds nothing of Keycloak's answer.
    pub fn expect_clean_address(&self) -> Result<()> {
        let url = self.browser.url()?;
        for part in ["code=", "state=", "session_state=", "iss=", "error="] {
            if url.contains(part) {
                bail!("the address still holds {part}");
            }
        }
        Ok(())
    }
}

/// An address without what must not be shown.
pub fn cut(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Waits where nothing can be looked at.
pub fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}
