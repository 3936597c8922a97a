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
/// How long after the end of a row requests are still its own.
const QUIET: Duration = Duration::from_millis(200);

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
    /// Begins to count anew.
    fn forget(&self) {
        self.to_keycloak.forget();
        self.to_pages.forget();
    }

    /// A browser with somebody signed in.
    pub fn signed_in(&self, sdk: &'static str) -> Result<Browser> {
        let visit = Visit { place: self, browser: self.driver.open()?, sdk, distance: 0 };
        visit.browser.goto(&format!("{}/{sdk}/", self.app))?;
        visit.result("anonymous")?;
        visit.to_form(&mut Figures::default())?;
        visit.log_in()?;
        visit.result("signed_in")?;
        Ok(visit.browser)
    }

    /// All rows, once.
    pub fn round(&self, sdk: &'static str, distance: u64, figures: &mut Figures) -> Result<()> {
        let visit = Visit { place: self, browser: self.driver.open()?, sdk, distance };
        let page = format!("{}/{sdk}/", self.app);
        visit.take(figures, Row::Anonymous, "anonymous", || visit.browser.goto(&page))?;
        visit.to_form(figures)?;
        visit.take(figures, Row::Callback, "signed_in", || visit.log_in())?;
        // What the first visit left to be done shall not count as part of the next.
        std::thread::sleep(Duration::from_millis(300));
        visit.take(figures, Row::Reload, "signed_in", || visit.leave("location.reload()"))?;
        let first = visit.browser.tab()?;
        let mut tabs = vec![first.clone()];
        tabs.push(visit.browser.new_tab()?);
        visit.take(figures, Row::NewTab, "signed_in", || visit.browser.goto(&page))?;
        visit.calls(figures, Row::Tokens, "for (let i = 0; i < 1000; i++) token = await bench.token()")?;
        visit.calls(figures, Row::Refresh, "token = await bench.refresh()")?;
        visit.calls(figures, Row::Again, "token = await bench.refresh()")?;
        while tabs.len() < TABS {
            tabs.push(visit.browser.new_tab()?);
            visit.browser.goto(&page)?;
            visit.result("signed_in")?;
        }
        visit.parallel(figures, &tabs)?;
        // What they do about it is not the log-out's.
        for tab in tabs.iter().filter(|tab| **tab != first) {
            visit.browser.to_tab(tab)?;
            visit.browser.close_tab()?;
        }
        visit.browser.to_tab(&first)?;
        visit.take(figures, Row::Logout, "anonymous", || visit.leave("bench.logout()"))
    }
}

impl Visit<'_> {
    /// Measures one way from a page to the SDK's answer.
    fn take(&self, figures: &mut Figures, row: Row, status: &str, go: impl FnOnce() -> Result<()>) -> Result<()> {
        self.place.forget();
        let result = go().and_then(|()| self.result(status)).with_context(|| format!("{row:?}"))?;
        let ms = |name: &str| result[name].as_f64().with_context(|| format!("{row:?} without a time"));
        let figure = self.figure(ms("ms")?);
        figures.add(self.sdk, self.distance, row, figure);
        if row == Row::Reload {
            figures.add(self.sdk, self.distance, Row::Scripts, Figure { ms: ms("scripts")?, ..figure });
        }
        Ok(())
    }

    fn figure(&self, ms: f64) -> Figure {
        use std::sync::atomic::Ordering::Relaxed;
        // What the page still asks when it is ready is asked by then.
        std::thread::sleep(QUIET);
        // The form itself, its pictures and what is posted to it are the same for all.
        let asked = self.place.to_keycloak.requests();
        let own = asked.iter().filter(|path| path.contains("/protocol/") || path.contains("/.well-known/"));
        let requests = own.filter(|path| !path.contains("/logout-confirm")).count() as f64;
        // Hidden frames, too.
        let is_document = |path: &&String| path.ends_with('/') || path.ends_with(".html");
        let documents = self.place.to_pages.requests().iter().filter(is_document).count() as f64;
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
            "const going = window.bench; window.bench = {{ going }}; setTimeout(() => {{ \
             sessionStorage.began = performance.timeOrigin + performance.now(); {} }}, 0)",
            script.replace("bench.", "going.")
        );
        self.browser.run(&script, &[]).map(drop)
    }

    /// From the wish to log in to Keycloak's form.
    fn to_form(&self, figures: &mut Figures) -> Result<()> {
        self.place.forget();
        let click = "sessionStorage.began = 'callback'; const now = performance.timeOrigin + performance.now(); \
            setTimeout(() => bench.login(), 0); return now";
        let began = self.browser.run(click, &[])?.as_f64().context("no time")?;
        let there = self.browser.until("Keycloak's login form", SECONDS, || {
            let script = "return document.querySelector('#kc-login') && document.readyState === 'complete' \
                ? performance.timeOrigin + performance.getEntriesByType('navigation')[0].domInteractive : null";
            Ok(self.browser.run(script, &[])?.as_f64())
        })?;
        figures.add(self.sdk, self.distance, Row::Form, self.figure(there - began));
        Ok(())
    }

    /// From the password on.
    fn log_in(&self) -> Result<()> {
        self.browser.fill("#username", "agent")?;
        self.browser.fill("#password", &accounts::password())?;
        self.place.forget();
        self.browser.click("#kc-login")
    }

    /// Measures calls on this page.
    fn calls(&self, figures: &mut Figures, row: Row, script: &str) -> Result<()> {
        self.place.forget();
        let script = format!(
            "const began = performance.now(); let token; {script}; const ms = performance.now() - began; \
             return /^ey.+[.].+[.]/.test(token) ? ms : null"
        );
        let ms = self.browser.run(&script, &[]).with_context(|| format!("{row:?}"))?;
        figures.add(
            self.sdk,
            self.distance,
            row,
            self.figure(ms.as_f64().with_context(|| format!("{row:?}: no token"))?),
        );
        Ok(())
    }

    /// All tabs at the same moment; the time of the slowest.
    fn parallel(&self, figures: &mut Figures, tabs: &[String]) -> Result<()> {
        self.place.forget();
        let start = self.browser.run("return Date.now() + 1500", &[])?;
        for tab in tabs {
            self.browser.to_tab(tab)?;
            let script = "window.all = (async () => { \
                await new Promise((later) => setTimeout(later, arguments_0 - Date.now())); const began = performance.now(); \
                if (Date.now() - arguments_0 > 50) throw new Error('started late'); const calls = await Promise.allSettled(Array.from({ length: arguments_1 }, () => bench.refresh())); \
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
            slowest = slowest.max(all[0].as_f64().context("Parallel without a time")?);
        }
        figures.add(self.sdk, self.distance, Row::Parallel, self.figure(slowest));
        Ok(())
    }
}
