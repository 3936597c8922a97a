//! A page beside the demo for what the demo has no switch for: it opens a session and shows where it stands.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::{get, post};
use otrs_auth_tools::http::Client;
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::world::{Visit, World};

const PAGE: &str = "<!doctype html><title>Desk</title><body data-status=starting>\
    <script src=before.js></script><script type=module src=desk.js></script>";

/// `OPTIONS` and `FIRST` are replaced; what is at `FIRST` runs before the session is asked for.
const SCRIPT: &str = "import { createSession } from '/otrs-auth/index.js';
    const { dataset } = document.body;
    FIRST;
    const create = () => createSession({ ...OPTIONS, redirectUri: location.origin + '/desk/' });
    window.otrsAuthDemo = { create };
    create().then((session) => {
      window.otrsAuthDemo.session = session;
      const show = () => { dataset.status = session.status.name; };
      session.addEventListener('change', show);
      show();
    }, (error) => { dataset.status = 'failed'; dataset.code = error.code; dataset.remedy = error.remedy ?? ''; });";

/// Its server; dropping it stops it.
pub struct Desk {
    /// The page's address.
    pub url: String,
    reports: Arc<Mutex<Vec<Value>>>,
    _server: server::Running,
}

impl Desk {
    /// A page at `host` that asks the Keycloak at `authority`, under the demo's policy with reports.
    pub fn start(world: &World, host: &str, authority: &str, first: &str, options: &Value) -> Result<Self> {
        Self::with_script(world, host, authority, ["", first], options)
    }

    /// The same with a script that runs before anything is imported.
    pub fn before(world: &World, before: &str, options: &Value) -> Result<Self> {
        Self::with_script(world, "localhost", &world.authority, [before, ""], options)
    }

    fn with_script(
        world: &World,
        host: &str,
        authority: &str,
        [before, first]: [&str; 2],
        options: &Value,
    ) -> Result<Self> {
        let demo = Client::new(std::time::Duration::from_secs(10)).get(&format!("{}/agent/", world.app))?;
        let policy = demo.header("content-security-policy").replace(&world.authority, authority);
        let mut all = json!({ "authority": authority });
        for (name, value) in options.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let script = SCRIPT.replace("OPTIONS", &all.to_string()).replace("FIRST", first);
        let reports: Arc<Mutex<Vec<Value>>> = Arc::default();
        let mut options = server::Options::new(authority);
        options.csp = Some(format!("{policy}; report-uri /desk/report"));
        options.routes = Some(routes([before.to_owned(), script], reports.clone()));
        let server = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
        let url = format!("{}/desk/", server.base_url.replace("localhost", host));
        Ok(Self { url, reports, _server: server })
    }

    /// Registers the page at the client for the time of `work`.
    pub fn registered(&self, world: &World, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let origin = self.url.trim_end_matches("/desk/");
        let after = json!({ "post.logout.redirect.uris": self.url });
        world.with_client(json!({ "redirectUris": [self.url], "webOrigins": [origin], "attributes": after }), work)
    }

    /// Opens the page and logs in there.
    pub fn enter(&self, visit: &Visit<'_>) -> Result<()> {
        visit.browser.goto(&self.url)?;
        visit.log_in("agent")?;
        self.wait_for(visit, "signed_in", 20)
    }

    /// Waits until the page says so.
    pub fn wait_for(&self, visit: &Visit<'_>, status: &str, seconds: u64) -> Result<()> {
        let now = || visit.browser.run("return document.body?.dataset.status ?? ''", &[]);
        let there = visit.browser.until(&format!("status {status}"), seconds, || {
            Ok((visit.browser.url()?.starts_with(&self.url) && now()? == status).then_some(()))
        });
        there.with_context(|| {
            let code = visit.browser.run("return document.body?.dataset.code ?? ''", &[]).unwrap_or_default();
            format!("it is {} {code}", now().unwrap_or_default())
        })
    }

    /// Waits until the page says that there is no session, for this reason. Gives the remedy.
    pub fn fails(&self, visit: &Visit<'_>, code: &str) -> Result<String> {
        self.wait_for(visit, "failed", 20)?;
        let error = visit.browser.run("return [document.body.dataset.code, document.body.dataset.remedy]", &[])?;
        ensure!(error[0] == code, "the error is {error}");
        Ok(error[1].as_str().unwrap_or_default().to_owned())
    }

    /// What browsers reported of the policy so far.
    pub fn reports(&self) -> Vec<Value> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn routes([before, script]: [String; 2], reports: Arc<Mutex<Vec<Value>>>) -> Router {
    let before = async move || ([("content-type", "text/javascript")], before);
    let script = async move || ([("content-type", "text/javascript")], script);
    let report = async move |body: String| {
        let report = serde_json::from_str(&body).unwrap_or(json!(body));
        reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    };
    Router::new()
        .route("/desk/", get(async || axum::response::Html(PAGE)))
        .route("/desk/before.js", get(before))
        .route("/desk/desk.js", get(script))
        .route("/desk/report", post(report))
}
