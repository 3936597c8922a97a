//! Front ends that the usual tools made of the packed package sign in.

use anyhow::{Result, ensure};
use otrs_auth_tools::consumers::{self, pages};
use otrs_auth_tools::process;
use serde_json::json;

use crate::engines::{Driver, free_port};
use crate::site::{self, Site};
use crate::visit;
use crate::webdriver::until;
use crate::world::World;

/// What this tool made.
pub fn built(name: &str) -> Result<Site> {
    consumers::ready()?;
    Ok(Site::new(pages(name)))
}

pub fn vite(world: &World, driver: &Driver) -> Result<()> {
    built("vite")?.signs_in(world, driver)
}

pub fn webpack(world: &World, driver: &Driver) -> Result<()> {
    built("webpack")?.signs_in(world, driver)
}

pub fn webpack4(world: &World, driver: &Driver) -> Result<()> {
    built("webpack4")?.signs_in(world, driver)
}

pub fn rollup(world: &World, driver: &Driver) -> Result<()> {
    built("rollup")?.signs_in(world, driver)
}

pub fn esbuild(world: &World, driver: &Driver) -> Result<()> {
    built("esbuild")?.signs_in(world, driver)
}

pub fn plain(world: &World, driver: &Driver) -> Result<()> {
    built("plain")?.signs_in(world, driver)
}

/// Through OTOBO's minifier, joined with other files, on a page without a policy.
pub fn classic(world: &World, driver: &Driver) -> Result<()> {
    Site { policy: Some(String::new()), ..built("classic")? }.signs_in(world, driver)
}

/// An intranet's OTOBO: plain http with a name.
pub fn classic_on_plain_http(world: &World, driver: &Driver) -> Result<()> {
    let options = json!({ "onLoad": "login", "allowInsecureHttp": true });
    Site { policy: Some(String::new()), host: "desk.otrs.test", options, ..built("classic")? }.signs_in(world, driver)
}

pub fn inline(world: &World, driver: &Driver) -> Result<()> {
    Site { path: "/inline/", ..built("plain")? }.signs_in(world, driver)
}

/// The one file has what proof of possession needs.
pub fn inline_with_dpop(world: &World, driver: &Driver) -> Result<()> {
    let options = json!({ "onLoad": "login", "dpop": "refresh" });
    let server = Site { options, ..built("plain")? }.serve(&world.authority)?;
    let url = format!("{}/inline/", server.base_url);
    site::registered(world, &url, || {
        crate::dpop::with_policy(world, || site::round(world, driver, &url, &world.authority))
    })
}

/// Vite's development server, which has not built anything.
pub fn vite_dev(world: &World, driver: &Driver) -> Result<()> {
    served(world, driver, "vite")
}

/// The same before version 8, with the setting that this needs.
pub fn vite_7_dev(world: &World, driver: &Driver) -> Result<()> {
    served(world, driver, "vite7")
}

fn served(world: &World, driver: &Driver, name: &str) -> Result<()> {
    let behind = built("plain")?.serve(&world.authority)?;
    let port = free_port()?;
    let mut vite = consumers::tool(&format!("{name}/bin/vite.js"));
    vite.args(["--config", &format!("{name}.config.js"), "--host", "127.0.0.1", "--strictPort", "--port"])
        .arg(port.to_string())
        .env("BEHIND", &behind.base_url);
    let _vite = process::spawn(&mut vite, &format!("consumers-{name}-dev"))?;
    until("Vite's server", 30, || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).ok()))?;
    site::at(world, driver, &format!("http://localhost:{port}/"), &world.authority)
}

/// A browser without any one of these runs the script and says what it lacks, with promises and without.
pub fn old_browser(world: &World, driver: &Driver) -> Result<()> {
    let whole =
        "globalThis WebAssembly Promise Map WeakMap WeakSet TextEncoder TextDecoder URL fetch FinalizationRegistry";
    let parts =
        "AbortSignal.timeout Object.entries Object.getOwnPropertyDescriptors Reflect.construct WebAssembly.compile";
    let server = built("classic")?.serve(&world.authority)?;
    visit(world, driver, |visit| {
        visit.browser.goto(&format!("{}/old.html", server.base_url))?;
        for name in whole.split(' ').chain(parts.split(' ')) {
            let seen = visit.browser.run(OLD, &[json!(name)])?;
            let lacks = seen[1].as_str().unwrap_or_default();
            ensure!(
                seen[0] == "browser_too_old" && lacks.split(", ").any(|one| one.starts_with(name)),
                "{name}: {seen}"
            );
            ensure!(seen[2] == true && seen[3].as_str().is_some_and(|said| said.contains(name)), "{name}: {seen}");
        }
        let seen = visit.browser.run(OLD, &[json!("Nothing")])?;
        ensure!(seen[0] == "signed_out", "with everything it says {seen}");
        Ok(())
    })
}

/// In a frame that lacks it, and so is any browser that does.
const OLD: &str = "const [name, part] = arguments[0].split('.'); const frame = document.createElement('iframe'); \
    const shown = new Promise((resolve) => { frame.onload = resolve; }); frame.src = location.href; document.body.append(frame); \
    await shown; const page = frame.contentWindow; \
    if (part) page[name][part] = undefined; else if (name !== 'Nothing') Object.defineProperty(page, name, { value: undefined }); \
    const script = page.document.createElement('script'); script.src = '/js/joined.js'; \
    const loaded = new Promise((resolve) => { script.onload = resolve; }); page.document.head.append(script); await loaded; \
    const { OtrsAuth } = page; \
    return await new Promise((resolve) => { OtrsAuth.createSession({ authority: location.origin }) \
      .then((session) => resolve([session.status.name]), (e) => resolve([e.code, e.subject, e instanceof OtrsAuth.AuthError, e.message])); });";

/// What the hashes are for: a file that was changed on its way does not run.
pub fn integrity(world: &World, driver: &Driver) -> Result<()> {
    consumers::ready()?;
    let package = pages("plain").join("otrs-auth");
    let hashes: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(package.join("integrity.json"))?)?;
    let script = std::fs::read_to_string(package.join("otrs-auth.classic.js"))?;
    let changed = async move || ([("content-type", "text/javascript")], format!("{script};"));
    let routes = axum::Router::new().route("/changed.js", axum::routing::get(changed));
    let server = Site { routes, ..built("plain")? }.serve(&world.authority)?;
    visit(world, driver, |visit| {
        visit.browser.goto(&format!("{}/options.json", server.base_url))?;
        let load = "const script = document.createElement('script'); script.src = arguments[0]; script.integrity = arguments[1]; \
            const said = new Promise((resolve) => { script.onload = () => resolve('runs'); script.onerror = () => resolve('refused'); }); \
            document.documentElement.append(script); return [await said, typeof OtrsAuth]";
        let hash = &hashes["otrs-auth.classic.js"];
        let seen = visit.browser.run(load, &[json!("/changed.js"), hash.clone()])?;
        ensure!(seen == json!(["refused", "undefined"]), "a changed script: {seen}");
        let seen = visit.browser.run(load, &[json!("/otrs-auth/otrs-auth.classic.js"), hash.clone()])?;
        ensure!(seen == json!(["runs", "object"]), "the script itself: {seen}");
        Ok(())
    })
}
