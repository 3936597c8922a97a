//! One browser at the front end, and words for what happens there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Value, json};

use crate::provider::{Endpoint, Seen};
use crate::webdriver::Browser;
use crate::world::World;

/// One browser at the front end.
pub struct Visit<'a> {
    pub world: &'a World<'a>,
    pub browser: Browser,
}

impl Visit<'_> {
    /// The error with what the page shows and what was asked last.
    pub fn explained(&self, error: anyhow::Error) -> anyhow::Error {
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

    /// The session's status, and how often the page was told of an end.
    pub fn ends(&self) -> Result<Value> {
        self.ask("return [session.status.name, page.events.filter(([type]) => type === 'ended').length]")
    }

    /// Waits until this tab knows of the end that another one made.
    pub fn hears_the_end(&self) -> Result<()> {
        self.until("this tab to hear of the end", 3, || Ok((self.ends()? == json!(["ended", 1])).then_some(())))
    }

    /// Looks again until there is something to see, for so many seconds.
    pub fn until<T>(&self, what: &str, seconds: u64, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        self.browser.until(what, seconds, look)
    }

    /// Waits until this client has asked for something so often.
    pub fn comes(&self, client: &str, endpoint: Endpoint, times: usize) -> Result<()> {
        let what = format!("{endpoint:?} to be asked");
        self.until(&what, 10, || Ok((self.count(client, endpoint) == times).then_some(())))
    }

    /// Waits for the page that a log-out comes back to: what a test opens before would be overtaken by it.
    pub fn is_back(&self) -> Result<()> {
        self.until("the page after the log-out", 10, || {
            let there = self.browser.run("return window.page?.settled?.status === 'ended'", &[])?;
            Ok((there == true).then_some(()))
        })
    }

    /// Opens another tab, which joins the session; the handle of the one before.
    pub fn second_tab(&self, client: &str) -> Result<String> {
        let first = self.browser.tab()?;
        self.browser.new_tab()?;
        self.open(client, json!({}))?;
        self.signed_in()?;
        Ok(first)
    }

    /// Closes this tab and goes back to another.
    pub fn back_to(&self, tab: &str) -> Result<()> {
        self.browser.close_tab()?;
        self.browser.to_tab(tab)
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
        self.rewrite_as(name, name, change)
    }

    /// Puts what came of a change under another name.
    pub fn rewrite_as(&self, name: &str, another: &str, change: &str) -> Result<()> {
        let script = format!(
            "const done = (request) => new Promise((fulfil, reject) => {{
                request.onsuccess = () => fulfil(request.result);
                request.onerror = () => reject(request.error);
            }});
            const database = await done(indexedDB.open('otrs-auth'));
            const store = database.transaction('records', 'readwrite').objectStore('records');
            const value = ((text) => {{ {change} }})(await done(store.get(arguments[0])));
            await done(store.put(value, arguments[1]));
            database.close();"
        );
        self.browser.run(&script, &[json!(name), json!(another)]).map(drop)
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
