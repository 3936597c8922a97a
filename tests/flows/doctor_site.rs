//! The doctor's page on a server of its own, with something wrong, and words for what it shows.

use anyhow::{Context, Result, ensure};
use axum::Router;
use otrs_auth_tools::http::{Client, encode};
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::world::{Visit, World};

/// The demo on another port; dropping it stops it.
pub struct Site {
    /// Its address without a slash at the end.
    pub base: String,
    _server: server::Running,
}

impl Site {
    /// With these changes. `policy` is given the demo's own.
    pub fn start(
        world: &World,
        policy: impl FnOnce(&str) -> String,
        headers: &[(&str, &str)],
        routes: Router,
    ) -> Result<Self> {
        let demo = Client::new(std::time::Duration::from_secs(10)).get(&format!("{}/doctor/", world.app))?;
        let mut options = server::Options::new(&world.authority);
        options.csp = Some(policy(demo.header("content-security-policy")));
        options.headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        options.routes = Some(routes);
        let server = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
        Ok(Self { base: server.base_url.clone(), _server: server })
    }

    /// Registers it at the client for the time of `work`.
    pub fn registered(&self, world: &World, work: impl FnOnce() -> Result<()>) -> Result<()> {
        registered(world, &self.base, work)
    }
}

/// Registers another origin at the client for the time of `work`.
pub fn registered(world: &World, origin: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let all = format!("{origin}/*");
    let after = json!({ "post.logout.redirect.uris": all });
    world.with_client(json!({ "redirectUris": [all], "webOrigins": [origin], "attributes": after }), work)
}

/// The address that examines this world's Keycloak, with further settings.
pub fn address(world: &World, base: &str, settings: &[(&str, &str)]) -> String {
    let more: String = settings.iter().map(|(name, value)| format!("&{name}={}", encode(value))).collect();
    format!("{base}/doctor/?authority={}{more}", encode(&world.authority))
}

/// What was found: name, level and text of each check.
pub struct Found(Value);

impl Found {
    /// Waits until the doctor of this page is done.
    pub fn read(visit: &Visit<'_>) -> Result<Self> {
        let all = visit.browser.until("the doctor's findings", 40, || {
            let script = "if (document.body?.dataset.status !== 'done') return null; \
                return [...document.querySelectorAll('[data-check]')].map((e) => [e.dataset.check, e.dataset.level, e.innerText])";
            Ok(Some(visit.browser.run(script, &[])?).filter(|all| !all.is_null()))
        })?;
        ensure!(all.as_array().is_some_and(|all| all.len() == 30), "not every check is there: {all}");
        Ok(Self(all))
    }

    /// Examines, and reads what was found.
    pub fn of(visit: &Visit<'_>, world: &World, base: &str, settings: &[(&str, &str)]) -> Result<Self> {
        visit.browser.goto("about:blank")?;
        visit.browser.goto(&address(world, base, settings))?;
        Self::read(visit)
    }

    /// The names of what is at a level.
    pub fn at(&self, level: &str) -> Vec<&str> {
        let all = self.0.as_array().into_iter().flatten();
        all.filter(|one| one[1] == level).filter_map(|one| one[0].as_str()).collect()
    }

    fn text(&self, id: &str) -> &str {
        let all = self.0.as_array().into_iter().flatten();
        all.filter(|one| one[0] == id).find_map(|one| one[2].as_str()).unwrap_or_default()
    }

    /// Exactly one fault, with a remedy that names all this.
    pub fn is_only(&self, id: &str, named: &[&str]) -> Result<()> {
        let reds = self.at("red");
        let told: Vec<&str> = reds.iter().map(|id| self.text(id)).collect();
        ensure!(reds == [id], "{id} is broken, and these are red: {told:?}");
        for name in named {
            ensure!(self.text(id).contains(name), "{id} does not name {name}: {}", self.text(id));
        }
        Ok(())
    }

    /// No fault, and only this to be looked at.
    pub fn is_fine_but(&self, ambers: &[&str]) -> Result<()> {
        let told: Vec<&str> = self.at("red").iter().chain(&self.at("amber")).map(|id| self.text(id)).collect();
        ensure!(self.at("red").is_empty() && self.at("amber") == ambers, "found: {told:#?}");
        Ok(())
    }
}

/// Breaks one thing, and sees that the doctor finds this and nothing else.
pub fn finds(visit: &Visit<'_>, world: &World, base: &str, id: &str, named: &[&str]) -> Result<()> {
    let found = Found::of(visit, world, base, &[]).with_context(|| format!("with {id} broken"))?;
    found.is_only(id, named)
}
