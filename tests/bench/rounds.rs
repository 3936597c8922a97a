//! One round of one SDK in a new browser: every row once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use otrs_auth_tools::accounts;
use serde_json::Value;

use crate::engines::Driver;
use crate::figures::{Figure, Figures, Row};
use crate::link::Traffic;
use crate::webdriver::{Browser, until};

/// Parallel calls in each tab.
const CALLS: u32 = 20;
const TABS: usize = 5;
const SECONDS: u64 = 40;

/// Where all of it happens.
pub struct Place<'a> {
    pub driver: &'a Driver,
    pub app: String,
    pub to_pages: Arc<Traffic>,
    pub to_keycloak: Arc<Traffic>,
}

/// What was under way when a row began.
struct Visit<'a> {
    place: &'a Place<'a>,
    browser: Browser,
    sdk: &'static str,
    distance: u64,
}

impl Place<'_> {
    /// A browser with somebody signed in.
    pub fn signed_in(&self, sdk: &'static str) -> Result<Browser> {
        let visit = Visit { place: self, browser: self.driver.open()?, sdk, distance: 0 };
        visit.browser.goto(&format!("{}/{sdk}/", self.app))?;
        visit.result("anonymous")?;
        visit.log_in()?;
        visit.result("signed_in")?;
        Ok(visit.browser)
    }

    /// All rows, once.
    pub fn round(&self, sdk: &'static str, distance: u64, figures: &mut Figures) -> Result<()> {
        let visit = Visit { place: self, browser: self.driver.open()?, sdk, distance };
        let page = format!("{}/{sdk}/", self.app);
        visit.take(figures, Row::Anonymous, "anonymous", || visit.browser.goto(&page))?;
        visit.take(figures, Row::Callback, "signed_in", || visit.log_in())?;
        // What the first visit left to be done shall not count as part of the next.
        std::thread::sleep(Duration::from_millis(300));
        visit.take(figures, Row::Reload, "signed_in", || visit.leave("location.reload()"))?;
        let first = visit.browser.tab()?;
        let mut tabs = vec![first.clone()];
        tabs.push(visit.browser.new_tab()?);
        visit.take(figures, Row::NewTab, "signed_in", || visit.browser.goto(&page))?;
        visit.calls(figures, Row::Tokens, "for (let i = 0; i < 1000; i++) await bench.token()")?;
        visit.calls(figures, Row::Refresh, "await bench.refresh()")?;
        visit.calls(figures, Row::Again, "await bench.refresh()")?;
        while tabs.len() < TABS {
            tabs.push(visit.browser.new_tab()?);
            visit.browser.goto(&page)?;
            visit.result("signed_in")?;
        }
        visit.parallel(figures, &tabs)?;
        visit.browser.to_tab(&first)?;
        visit.take(figures, Row::Logout, "anonymous", || visit.leave("bench.logout()"))
    }
}

impl Visit<'_> {
    /// Measures one way from a page to the SDK's answer.
    fn take(&self, figures: &mut Figures, row: Row, status: &str, go: impl FnOnce() -> Result<()>) -> Result<()> {
        self.place.to_keycloak.forget();
        self.place.to_pages.forget();
        go().and_then(|()| self.result(status)).with_context(|| format!("{row:?}")).map(|result| {
            let documents = result["documents"].as_f64().unwrap_or_default();
            let ms = |name: &str| result[name].as_f64().unwrap_or_default();
            figures.add(self.sdk, self.distance, row, self.figure(ms("ms"), documents));
            if row == Row::Reload {
                figures.add(self.sdk, self.distance, Row::Scripts, self.figure(ms("scripts"), documents));
            }
        })
    }

    fn figure(&self, ms: f64, documents: f64) -> Figure {
        use std::sync::atomic::Ordering::Relaxed;
        // The form itself, its pictures and what is posted to it are the same for all.
        let asked = self.place.to_keycloak.requests();
        let own = asked.iter().filter(|path| path.contains("/protocol/") || path.contains("/.well-known/"));
        let requests = own.filter(|path| !path.contains("/logout-confirm")).count() as f64;
        let bytes = self.place.to_keycloak.bytes.load(Relaxed) + self.place.to_pages.bytes.load(Relaxed);
        Figure { ms, requests, documents, bytes: bytes as f64 }
    }

    /// What the page says once its SDK is ready.
    fn result(&self, status: &str) -> Result<Value> {
        let result = until("the SDK to be ready", SECONDS, || {
            let script = "return location.origin === arguments[0] ? window.bench?.result ?? null : null";
            let result = self.browser.run(script, &[self.place.app.clone().into()])?;
            Ok((!result.is_null()).then_some(result))
        })?;
        if result["status"] != status {
            bail!("{} instead of {status}", result);
        }
        Ok(result)
    }

    /// Leaves this page by a script, whose time counts.
    fn leave(&self, script: &str) -> Result<()> {
        let script = format!(
            "const going = window.bench; setTimeout(() => {{ window.bench = {{ going }}; sessionStorage.documents = 0; \
             sessionStorage.began = performance.timeOrigin + performance.now(); {} }}, 0)",
            script.replace("bench.", "going.")
        );
        self.browser.run(&script, &[]).map(drop)
    }

    /// From the answer of Keycloak's form on.
    fn log_in(&self) -> Result<()> {
        self.browser.run("sessionStorage.began = 'callback'; setTimeout(() => bench.login(), 0)", &[])?;
        self.browser.until("Keycloak's login form", SECONDS, || {
            Ok((self.browser.run("return !!document.querySelector('#kc-login')", &[])? == true).then_some(()))
        })?;
        self.browser.fill("#username", "agent")?;
        self.browser.fill("#password", &accounts::password())?;
        self.place.to_keycloak.forget();
        self.place.to_pages.forget();
        self.browser.click("#kc-login")
    }

    /// Measures calls on this page.
    fn calls(&self, figures: &mut Figures, row: Row, script: &str) -> Result<()> {
        self.place.to_keycloak.forget();
        self.place.to_pages.forget();
        let script = format!("const began = performance.now(); {script}; return performance.now() - began");
        let ms = self.browser.run(&script, &[]).with_context(|| format!("{row:?}"))?.as_f64().unwrap_or_default();
        figures.add(self.sdk, self.distance, row, self.figure(ms, 0.0));
        Ok(())
    }

    /// All tabs at the same moment; the time of the slowest.
    fn parallel(&self, figures: &mut Figures, tabs: &[String]) -> Result<()> {
        self.place.to_keycloak.forget();
        self.place.to_pages.forget();
        let start = self.browser.run("return Date.now() + 1500", &[])?;
        for tab in tabs {
            self.browser.to_tab(tab)?;
            let script = "window.all = (async () => { \
                await new Promise((later) => setTimeout(later, arguments_0 - Date.now())); const began = performance.now(); \
                const calls = await Promise.allSettled(Array.from({ length: arguments_1 }, () => bench.refresh())); \
                const failed = calls.filter((call) => call.status === 'rejected').length; \
                return [performance.now() - began, failed]; })(); return 1";
            let script = script.replace("arguments_0", &start.to_string()).replace("arguments_1", &CALLS.to_string());
            self.browser.run(&script, &[])?;
        }
        let mut slowest: f64 = 0.0;
        for tab in tabs {
            self.browser.to_tab(tab)?;
            let all = self.browser.run("return await window.all", &[]).context("Parallel")?;
            ensure!(all[1] == 0, "Parallel: {} of {CALLS} calls in a tab failed", all[1]);
            slowest = slowest.max(all[0].as_f64().unwrap_or_default());
        }
        figures.add(self.sdk, self.distance, Row::Parallel, self.figure(slowest, 0.0));
        Ok(())
    }
}
