//! Tabs of one session that write down what they are told, and when.

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::realms::AGENTS;
use serde_json::Value;

use crate::world::{Visit, pause};

/// How far apart the tabs of one browser may learn of the same, ms.
const APART: i64 = 1_000;

/// Forgets what the page was told so far. Milliseconds by the clock on the wall are the same in all tabs.
const LISTEN: &str = "window.told = [];
    if (!window.listening) for (const name of ['change', 'ended', 'expiring', 'error']) session.addEventListener(name, (event) => {
      window.told.push({ name, at: Date.now(), status: session.status.name, code: event.detail?.code }); });
    window.listening = true; return 1";

/// The tabs, all at the same page.
pub struct Tabs<'a> {
    pub visit: &'a Visit<'a>,
    url: String,
    handles: Vec<String>,
}

impl<'a> Tabs<'a> {
    /// Signs in at a page and opens it in so many tabs.
    pub fn enter(visit: &'a Visit<'a>, url: &str, login: &str, count: usize) -> Result<Self> {
        let mut tabs = Self { visit, url: url.into(), handles: vec![visit.browser.tab()?] };
        visit.browser.goto(url)?;
        visit.log_in(login)?;
        tabs.is("signed_in")?;
        while tabs.handles.len() < count {
            let tab = visit.browser.new_tab()?;
            tabs.handles.push(tab);
            visit.browser.goto(url)?;
            tabs.is("signed_in")?;
        }
        tabs.listen()?;
        Ok(tabs)
    }

    /// Waits until this tab says so.
    fn is(&self, status: &str) -> Result<()> {
        self.visit.browser.until(&format!("status {status}"), 20, || {
            let there = self.visit.browser.url()?.starts_with(&self.url) && self.visit.status()? == status;
            Ok(there.then_some(()))
        })
    }

    /// Goes to one of them.
    pub fn to(&self, number: usize) -> Result<()> {
        self.visit.browser.to_tab(self.handles.get(number).context("a tab")?)
    }

    /// Asks all of them the same; the first is the one in front afterwards.
    pub fn ask(&self, script: &str) -> Result<Vec<Value>> {
        let mut answers = Vec::new();
        for number in (0..self.handles.len()).rev() {
            self.to(number)?;
            answers.push(self.visit.ask(script)?);
        }
        answers.reverse();
        Ok(answers)
    }

    /// From now on.
    pub fn listen(&self) -> Result<()> {
        self.ask(LISTEN).map(drop)
    }

    /// How often each was told this.
    pub fn told(&self, name: &str) -> Result<Vec<Value>> {
        self.ask(&format!("return window.told.filter((one) => one.name === '{name}').length"))
    }

    /// The requests of all of them whose address ends so.
    pub fn requests(&self, end: &str) -> Result<u64> {
        let mut all = 0;
        for number in (0..self.handles.len()).rev() {
            self.to(number)?;
            all += self.visit.requests(end)?;
        }
        Ok(all)
    }

    /// The first tab wants a new token, and does not get one.
    pub fn refused(&self) -> Result<()> {
        self.to(0)?;
        let code =
            self.visit.ask("return await session.getToken({ fresh: true }).then(() => 'a token', (e) => e.code)")?;
        ensure!(code == "session_ended", "the refresh gave {code}");
        Ok(())
    }

    /// Every tab was told once of one end, for this reason and about when the others were, shows it, and has no token.
    pub fn ended(&self, what: &str, reason: &str) -> Result<()> {
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for number in 0..self.handles.len() {
            self.to(number)?;
            self.is("ended").with_context(|| format!("{what}, tab {number}"))?;
            if number == 0 {
                // A tab that comes to the front looks for itself: the others have to be told while they are behind.
                pause(APART.unsigned_abs());
            }
            let seen = self.visit.ask(
                "const ends = window.told.filter((one) => one.name === 'ended'), shown = window.told.find((one) => one.status === 'ended' && one.name === 'change'); \
                 const token = await session.getToken().then(() => 'a token', (e) => e.code); \
                 return { reason: session.status.reason, ends: ends.length, at: ends[0]?.at, shown: shown?.at, token, user: session.user }",
            )?;
            ensure!(seen["reason"] == reason, "{what}: tab {number} gives the reason {}, not {reason}", seen["reason"]);
            ensure!(seen["ends"] == 1, "{what}: tab {number} was told {} times", seen["ends"]);
            ensure!(seen["token"] == "session_ended" && seen["user"].is_null(), "{what}: afterwards it is {seen}");
            first = first.min(seen["at"].as_i64().context("a time")?);
            last = last.max(seen["shown"].as_i64().context("the page shows nothing")?);
        }
        println!("    {what}: {reason}, {} ms from the first to the last of {} tabs", last - first, self.handles.len());
        ensure!(last - first <= APART, "{what}: {} ms from the first tab to the last", last - first);
        Ok(())
    }

    /// Logs in once more, by the form unless Keycloak still knows the user; the other tabs come along.
    pub fn again(&self, login: &str) -> Result<()> {
        self.to(0)?;
        self.visit.ask("setTimeout(() => session.login(), 50); return 1")?;
        self.visit.browser.until("the way back to the session", 20, || {
            let page = self.visit.browser.run(
                "return document.querySelector('#kc-login') ? 'form' : document.body?.dataset.status ?? null",
                &[],
            )?;
            if page == "form" {
                self.visit.log_in(login)?;
            }
            Ok((page == "signed_in").then_some(()))
        })?;
        for number in (0..self.handles.len()).rev() {
            self.to(number)?;
            self.is("signed_in")?;
        }
        self.listen()
    }
}

/// Somebody who may enter and goes for good with `work`.
pub fn with_somebody(visit: &Visit<'_>, login: &str, work: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    use otrs_auth_tools::{accounts, realms::APP};
    let admin = &visit.world.admin;
    let password = serde_json::json!({ "type": "password", "value": accounts::password(), "temporary": false });
    let user = serde_json::json!({
        "username": login, "enabled": true, "firstName": "Some", "lastName": "Body",
        "email": format!("{login}@example.com"), "credentials": [password]
    });
    let users = format!("/realms/{}/users", AGENTS.name);
    let id = admin.post(&users, &user)?.context("the new user's id")?;
    let path = format!("{users}/{id}");
    let result = admin.set_client_role(AGENTS.name, login, APP, "Agent", true).and_then(|()| work(&path));
    // Gone already, if all went well.
    let _ = admin.request("DELETE", &path, None);
    result
}
