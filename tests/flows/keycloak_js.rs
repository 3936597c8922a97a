//! One application for keycloak-js (`keycloak_js/app.js`), built with the real class and with the package's: both are
//! told the same, in the same order, and show the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::build::{Module, Variant};
use otrs_auth_tools::process::{cache, command, root, run};
use otrs_auth_tools::realms::{AGENTS, APP};
use otrs_auth_tools::server;
use serde_json::{Value, json};

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World};

const PAGE: &str = "<!doctype html><title>keycloak-js</title><body data-status=starting>\
    <script type=module src=../app.js></script>";

/// What an application sees of who is signed in.
const SHOWN: &str = "const { keycloak } = window;
    const names = 'authenticated realm clientId authServerUrl responseMode responseType flow loginRequired didInitialize \
        pkceMethod scope redirectUri';
    const attempt = (work) => { try { return work(); } catch (error) { return error.message; } };
    const claims = ({ preferred_username, name, email, azp, typ }) => ({ preferred_username, name, email, azp, typ });
    return {
      ...Object.fromEntries(names.split(' ').map((name) => [name, keycloak[name] ?? null])),
      token: typeof keycloak.token, claims: claims(keycloak.tokenParsed ?? {}), identity: claims(keycloak.idTokenParsed ?? {}),
      subject: keycloak.subject === keycloak.tokenParsed?.sub, session: keycloak.sessionId === keycloak.tokenParsed?.sid,
      skew: Math.abs(keycloak.timeSkew) <= 1,
      roles: [keycloak.hasRealmRole('default-roles-otrs-agents'), keycloak.hasRealmRole('Agent'), keycloak.hasResourceRole('Agent'),
        keycloak.hasResourceRole('Agent', 'otrs-api'), keycloak.hasResourceRole('agent'), keycloak.realmAccess?.roles?.length],
      expired: keycloak.token ? [keycloak.isTokenExpired(), keycloak.isTokenExpired(5), keycloak.isTokenExpired(100000)] : null,
      account: attempt(() => keycloak.createAccountUrl({ redirectUri: 'https://otrs.example.com/' })),
      place: location.href.replace(/\\/(real|ours)\\//, '/build/'),
    }";

/// Calls that need no other page, and what they give.
const CALLS: &str = "const { keycloak } = window, before = keycloak.token;
    const given = [await keycloak.updateToken(), keycloak.token === before];
    given.push(await Promise.all([keycloak.updateToken(-1), keycloak.updateToken(-1)]), keycloak.token === before);
    given.push(await keycloak.updateToken(9999), keycloak.token === before);
    const { sub, preferred_username, email } = await keycloak.loadUserInfo();
    given.push(sub === keycloak.subject, preferred_username, email, keycloak.userInfo.sub === sub);
    const { username, firstName, lastName } = await keycloak.loadUserProfile();
    given.push(username, firstName, lastName, keycloak.profile.username);
    const again = await keycloak.init().then(() => 'twice', (error) => error.message);
    return [...given, again]";

const REFUSED: &str = "return await window.keycloak.updateToken(-1).then((given) => given, () => 'refused')";

/// One of the two builds in one browser.
struct App<'a> {
    visit: &'a Visit<'a>,
    base: String,
    /// What was seen so far, by step.
    seen: Vec<(&'static str, Value)>,
}

impl App<'_> {
    fn run(&self, script: &str) -> Result<Value> {
        self.visit.browser.run(script, &[])
    }

    fn open(&self, page: &str) -> Result<()> {
        self.visit.browser.goto(&format!("{}/{page}/", self.base))
    }

    /// What the page does leaves it.
    fn leave(&self, script: &str) -> Result<()> {
        self.run(&format!("document.body.dataset.status = 'leaving'; setTimeout(() => {{ {script} }}, 30)")).map(drop)
    }

    fn wait(&self, status: &str) -> Result<()> {
        let now = || self.run("return document.body?.dataset.status ?? ''");
        self.visit.browser.until(&format!("an application that is {status}"), 20, || {
            Ok((self.visit.browser.url()?.starts_with(&self.base) && now()? == status).then_some(()))
        })
    }

    /// Everything that the application was told since the last step.
    fn told(&mut self, step: &'static str) -> Result<()> {
        let told = self.run("const told = sessionStorage.getItem('told'); return JSON.parse(told ?? '[]')")?;
        self.seen.push((step, told));
        Ok(())
    }

    /// The application forgets what it was told, the next page load by itself too.
    fn step(&mut self, step: &'static str, what: Value) -> Result<()> {
        self.told(step)?;
        self.seen.push((step, what));
        self.run("sessionStorage.removeItem('told'); return 1").map(drop)
    }

    fn arrived(&mut self, step: &'static str, status: &str) -> Result<()> {
        self.wait(status)?;
        let shown = self.run(SHOWN)?;
        self.step(step, shown)
    }
}

/// Everything that is compared.
fn use_it(app: &mut App<'_>, world: &World) -> Result<()> {
    let logout_user = || world.admin.logout_user(AGENTS.name, "agent2");
    app.open("sso")?;
    app.arrived("nobody is signed in", "signed_out")?;
    app.leave("window.keycloak.login()")?;
    app.visit.log_in("agent2")?;
    app.arrived("login", "signed_in")?;
    app.visit.browser.reload()?;
    app.arrived("reload", "signed_in")?;
    let given = app.run(CALLS)?;
    app.step("calls", given)?;

    app.visit.browser.reload()?;
    app.wait("signed_in")?;
    app.run("sessionStorage.removeItem('told'); return 1")?;
    app.leave("window.keycloak.createLoginUrl().then((url) => location.assign(url))")?;
    app.arrived("address of the login", "signed_in")?;
    app.leave("window.keycloak.login({ action: 'UPDATE_PASSWORD' })")?;
    let cancel = || app.visit.browser.click("[name=cancel-aia]");
    app.visit.browser.until("the form of the required action", 15, || Ok(cancel().ok()))?;
    app.arrived("action that was cancelled", "signed_in")?;

    logout_user()?;
    let given = app.run(REFUSED)?;
    app.step("refused refresh", given)?;
    let shown = app.run(SHOWN)?;
    app.step("after a refused refresh", shown)?;
    app.leave("window.keycloak.login()")?;
    app.visit.log_in("agent2")?;
    app.arrived("login again", "signed_in")?;
    app.leave("window.keycloak.logout()")?;
    app.arrived("log-out", "signed_out")?;
    app.leave("window.keycloak.login()")?;
    app.visit.log_in("agent2")?;
    app.arrived("login after a log-out", "signed_in")?;
    app.leave("location.assign(window.keycloak.createLogoutUrl())")?;
    app.arrived("address of the log-out", "signed_out")?;

    app.open("required")?;
    app.visit.log_in("agent2")?;
    app.arrived("login that is required", "signed_in")?;
    logout_user()?;
    app.leave("window.keycloak.updateToken(-1).catch(() => {})")?;
    app.visit.wait_for_form()?;
    app.visit.browser.goto(&format!("{}/none.txt", app.base))?;
    app.step("refused refresh where login is required", json!(null))?;
    app.open("scope")?;
    app.wait("signed_out")?;
    app.told("scope that does not exist")
}

/// Registration, where to come back to, and the other ways to say where Keycloak is.
fn use_options(app: &mut App<'_>, world: &World) -> Result<()> {
    world.with_realm(json!({ "registrationAllowed": true }), || {
        let address = "window.keycloak.createRegisterUrl().then((url) => location.assign(url))";
        for script in ["window.keycloak.register()", address] {
            app.open("sso")?;
            app.wait("signed_out")?;
            app.leave(script)?;
            let form = "return document.querySelector('#kc-register-form') !== null";
            app.visit.browser.until("the form to register", 15, || Ok((app.run(form)? == true).then_some(())))?;
        }
        Ok(())
    })?;
    app.open("landing")?;
    app.visit.log_in("agent2")?;
    app.arrived("page to come back to, of init", "signed_in")?;
    app.leave("window.keycloak.login({ redirectUri: location.href.replace('from=landing', 'from=login#here') })")?;
    app.arrived("page to come back to, of login", "signed_in")?;
    for page in ["file", "provider"] {
        app.open(page)?;
        app.arrived(page, "signed_in")?;
    }
    Ok(())
}

/// Our addresses that begin a log-out: one that this browser has not made, and one that was used, do nothing.
fn links(app: &App<'_>) -> Result<()> {
    let stays = |url: &str| -> Result<()> {
        app.visit.browser.goto(url)?;
        app.wait("signed_in")?;
        let address = app.visit.browser.url()?;
        ensure!(address == format!("{}/sso/?a=1&b=2#c", app.base), "the address is {address}");
        Ok(())
    };
    stays(&format!("{}/sso/?a=1&otrs-auth-link=0123456789abcdef&b=2#c", app.base))?;
    let made = app.run("return window.keycloak.createLogoutUrl()")?;
    let made = made.as_str().context("an address")?;
    ensure!(made.contains("&otrs-auth-link=") && made.ends_with("#c"), "it is {made}");
    app.visit.browser.goto(made)?;
    app.wait("signed_out")?;
    app.leave("window.keycloak.login()")?;
    app.visit.log_in("agent2")?;
    app.wait("signed_in")?;
    stays(made)
}

/// Tokens of five seconds, and nobody who asks for new ones but the callback.
fn expiry(app: &mut App<'_>) -> Result<()> {
    app.leave("window.keycloak.logout()")?;
    app.wait("signed_out")?;
    app.leave("window.keycloak.login()")?;
    app.visit.log_in("agent2")?;
    app.wait("signed_in")?;
    app.run("sessionStorage.removeItem('told'); return 1")?;
    app.visit.browser.reload()?;
    app.wait("signed_in")?;
    app.visit.browser.until("a token that expires", 12, || {
        let told = app.run("return sessionStorage.getItem('told').includes('\"updateToken\"')")?;
        Ok((told == true).then_some(()))
    })?;
    app.told("token that expires")
}

pub fn application(world: &World, driver: &Driver) -> Result<()> {
    let folder = build(&world.authority)?;
    let mut options = server::Options::new(&world.authority);
    options.pages = folder;
    let server = server::start_with(([127, 0, 0, 1], 0).into(), options)?;
    let all = format!("{}/*", server.base_url);
    let changes = json!({
        "redirectUris": [all], "webOrigins": [server.base_url], "attributes": { "post.logout.redirect.uris": all }
    });
    let mut seen = Vec::new();
    world.with_client(changes, || {
        for name in ["real", "ours"] {
            visit(world, driver, |visit| {
                let mut app = App { visit, base: format!("{}/{name}", server.base_url), seen: Vec::new() };
                use_it(&mut app, world).with_context(|| format!("{name}, after {:?}", app.seen.last()))?;
                use_options(&mut app, world).with_context(|| format!("{name}, after {:?}", app.seen.last()))?;
                if name == "ours" {
                    links(&app)?;
                }
                world.with_lifespan(5, || expiry(&mut app).with_context(|| name.to_owned()))?;
                seen.push(app.seen);
                Ok(())
            })?;
        }
        Ok(())
    })?;
    let [real, ours] = seen.as_slice() else { return Ok(()) };
    compare(real, ours)
}

fn compare(real: &[(&str, Value)], ours: &[(&str, Value)]) -> Result<()> {
    ensure!(real.len() == ours.len(), "{} steps against {}", real.len(), ours.len());
    let differ: Vec<String> = real
        .iter()
        .zip(ours)
        .filter(|(real, ours)| real != ours)
        .map(|((step, real), (_, ours))| format!("{step}:\n      keycloak-js {real}\n      ours        {ours}"))
        .collect();
    ensure!(differ.is_empty(), "{} of {} differ\n    {}", differ.len(), real.len(), differ.join("\n    "));
    println!("    {} observations are those of keycloak-js", real.len());
    Ok(())
}

/// Both builds, for this one of the Keycloaks that are used side by side. Gives the folder with them.
fn build(authority: &str) -> Result<PathBuf> {
    let port: String = authority.chars().filter(char::is_ascii_digit).collect();
    let folder = cache("keycloak-js").join(port);
    let dist = Variant::Npm.dist();
    bundle(&folder.join("real"), authority, None)?;
    let ours = folder.join("ours");
    bundle(&ours, authority, Some(&dist.join("keycloak-js.js")))?;
    for file in Module::ALL.map(Module::file) {
        std::fs::copy(dist.join(&file), ours.join(&file))?;
    }
    Ok(folder)
}

/// The same sources; only what stands for "keycloak-js" differs.
fn bundle(out: &Path, authority: &str, alias: Option<&Path>) -> Result<()> {
    for page in ["sso", "required", "scope", "landing", "file", "provider"] {
        std::fs::create_dir_all(out.join(page))?;
        std::fs::write(out.join(page).join("index.html"), PAGE)?;
    }
    std::fs::write(out.join("none.txt"), "")?;
    let file = json!({ "auth-server-url": format!("{authority}/"), "realm": AGENTS.name, "resource": APP });
    std::fs::write(out.join("keycloak.json"), file.to_string())?;
    let mut esbuild = command(root().join("node_modules/.bin/esbuild"));
    esbuild
        .args(["tests/flows/keycloak_js/app.js", "--bundle", "--format=esm", "--log-level=warning"])
        .arg(format!("--define:AUTHORITY={}", json!(authority)))
        .arg(format!("--outfile={}", out.join("app.js").display()))
        .args(alias.map(|path| format!("--alias:keycloak-js={}", path.display())));
    run(&mut esbuild, "keycloak-js-app", Duration::from_secs(60))
}
