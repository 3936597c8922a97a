//! A front end that others have built, on a server of its own.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use axum::routing::get;
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::engines::Driver;
use crate::world::{Visit, World};
use crate::{visit, visit_by};

/// What to serve, and how.
pub struct Site {
    /// The root of the server; the package itself is below `otrs-auth/` there, if it is.
    pub pages: PathBuf,
    /// The page.
    pub path: &'static str,
    /// The name that the browser calls it by.
    pub host: &'static str,
    /// Its Content-Security-Policy; none is the demo's.
    pub policy: Option<String>,
    /// What its session is opened with.
    pub options: Value,
    /// More of what is served.
    pub routes: axum::Router,
}

impl Site {
    /// The page at the root of these files.
    pub fn new(pages: PathBuf) -> Self {
        let options = json!({ "onLoad": "login" });
        Self { pages, path: "/", host: "localhost", policy: None, options, routes: axum::Router::new() }
    }

    /// Signs in there, comes back to the same address, calls the API, reloads without a word to Keycloak, logs out.
    pub fn signs_in(self, world: &World, driver: &Driver) -> Result<()> {
        let (host, path) = (self.host, self.path);
        let authority = world.authority.replace("localhost", if host == "localhost" { host } else { "iam.otrs.test" });
        let server = self.serve(&authority)?;
        let url = format!("{}{path}", server.base_url.replace("localhost", host));
        at(world, driver, &url, &authority)
    }

    /// Serves it.
    pub fn serve(mut self, authority: &str) -> Result<server::Running> {
        self.options["authority"] = json!(authority);
        let mut options = server::Options::new(authority);
        options.package = self.pages.join("otrs-auth");
        options.pages = self.pages;
        options.csp = self.policy;
        let shown = self.options;
        options.routes = Some(self.routes.route("/options.json", get(async move || axum::Json(shown))));
        server::start_with(([127, 0, 0, 1], 0).into(), options)
    }
}

/// The same at this address.
pub fn at(world: &World, driver: &Driver, url: &str, authority: &str) -> Result<()> {
    registered(world, url, || round(world, driver, url, authority))
}

/// Registers the page at the client for the time of `work`.
pub fn registered(world: &World, url: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let origin: Vec<&str> = url.splitn(4, '/').take(3).collect();
    let after = json!({ "post.logout.redirect.uris": url });
    world.with_client(json!({ "redirectUris": [url], "webOrigins": [origin.join("/")], "attributes": after }), work)
}

/// From the login to the log-out.
pub fn round(world: &World, driver: &Driver, url: &str, authority: &str) -> Result<()> {
    let named = authority != world.authority;
    let work = |visit: &Visit<'_>| {
        let deep = format!("{url}?ticket=42#note");
        visit.browser.goto(&deep)?;
        visit.log_in_at(authority, "agent")?;
        status(visit, "signed_in")?;
        ensure!(visit.browser.url()? == deep, "the login came back to another address");
        let login = visit.ask("await session.getToken({ fresh: true }); return session.user.login")?;
        ensure!(login == "agent", "{login} is signed in");
        // The API knows no names of the browser's.
        if !named {
            let answered = visit.ask("return (await session.fetch('/api/agent/tickets')).status")?;
            ensure!(answered == 200, "the API answers {answered}");
        }
        visit.browser.reload()?;
        status(visit, "signed_in")?;
        ensure!(asked(visit, authority)? == 0, "the reload asked Keycloak");
        visit.log_out()
    };
    if named { visit_by(driver.open_with_names()?, world, driver, work) } else { visit(world, driver, work) }
}

/// Waits until the page says so.
pub fn status(visit: &Visit<'_>, status: &str) -> Result<()> {
    let mut now = Value::Null;
    let there = visit.browser.until(&format!("status {status}"), 20, || {
        now = visit.browser.run("return Object.assign({}, document.body?.dataset)", &[])?;
        Ok((now["status"] == status).then_some(()))
    });
    there.map_err(|error| error.context(format!("the page says {now}")))
}

fn asked(visit: &Visit<'_>, authority: &str) -> Result<u64> {
    let script =
        "return performance.getEntriesByType('resource').filter((e) => e.name.startsWith(arguments[0])).length";
    Ok(visit.browser.run(script, &[json!(authority)])?.as_u64().unwrap_or(u64::MAX))
}
