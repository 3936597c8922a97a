//! Two realms at once, and what their set-up promises.

use anyhow::{Result, ensure};
use otrs_auth_tools::realms::{AGENTS, APP};
use otrs_auth_tools::{dpop, realm_check};
use serde_json::json;

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, restoring};

fn side(visit: &Visit<'_>, name: &str, status: &str) -> Result<()> {
    visit.browser.until(&format!("{name} {status}"), 20, || {
        let script = format!("return window.leaving ? null : window.otrsAuthDemo?.{name}?.status.name ?? null");
        Ok((visit.browser.url()?.starts_with(&visit.world.app) && visit.browser.run(&script, &[])? == status)
            .then_some(()))
    })
}

fn tell(visit: &Visit<'_>, name: &str, what: &str) -> Result<()> {
    // Later, or the page is gone before the answer to this script. It says where it stands before it is left, too.
    let script = format!("window.leaving = true; setTimeout(() => window.otrsAuthDemo.{name}.{what}, 50); return 1");
    visit.browser.run(&script, &[]).map(drop)
}

pub fn both(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open("/both/")?;
        for (name, login) in [("agent", "agent"), ("customer", "ada")] {
            side(visit, name, "signed_out")?;
            tell(visit, name, "login()")?;
            visit.log_in(login)?;
            side(visit, name, "signed_in")?;
        }
        side(visit, "agent", "signed_in")?;
        visit.browser.reload()?;
        side(visit, "agent", "signed_in")?;
        side(visit, "customer", "signed_in")?;
        let crossed = visit.browser.run(
            "const { agent, customer } = window.otrsAuthDemo; const status = async (s, path) => (await s.fetch(path)).status; \
             return [await status(agent, '/api/agent/tickets'), await status(customer, '/api/agent/tickets'), \
                     await status(customer, '/api/customer/tickets'), await status(agent, '/api/customer/tickets'), \
                     agent.user.login, customer.customer.customerid]",
            &[],
        )?;
        ensure!(crossed == json!([200, 403, 200, 403, "agent", "ACME"]), "the REST API and the page say {crossed}");
        tell(visit, "customer", "logout()")?;
        side(visit, "customer", "ended")?;
        side(visit, "agent", "signed_in")?;
        let token = visit.browser.run("return !!(await window.otrsAuthDemo.agent.getToken({ fresh: true }))", &[])?;
        ensure!(token == true, "the other session does not refresh any more");
        Ok(())
    })
}

/// With the policy and without, held against what is wanted.
fn dpop_drift(world: &World) -> Result<()> {
    let drift = |dpop| {
        let keycloak = world.keycloak();
        let options = realm_check::Options { dpop, writes: false, ..realm_check::Options::of(&keycloak) };
        let found = realm_check::check(&world.admin, &options)?.drift();
        anyhow::Ok(found.into_iter().filter(|line| line.contains(AGENTS.name)).collect::<Vec<_>>())
    };
    let all_dpop = |lines: &[String]| !lines.is_empty() && lines.iter().all(|line| line.starts_with("DPoP"));
    let missing = drift(true)?;
    ensure!(missing.len() == 3 && all_dpop(&missing), "a missing policy is reported as {missing:?}");
    dpop::switch_on(&world.admin, AGENTS.name)?;
    let found = restoring(|| Ok([drift(false)?, drift(true)?]), || dpop::switch_off(&world.admin, AGENTS.name))?;
    ensure!(all_dpop(&found[0]) && found[1].is_empty(), "a policy is reported as {found:?}");
    Ok(())
}

pub fn drift(world: &World, _driver: &Driver) -> Result<()> {
    let report = || {
        let keycloak = world.keycloak();
        realm_check::check(&world.admin, &realm_check::Options::of(&keycloak))
    };
    let clean = report()?;
    ensure!(clean.drift().is_empty(), "a new server has drift: {:?}", clean.drift());
    ensure!(clean.checked() > 40, "only {} checks", clean.checked());
    for (changes, id) in [
        (json!({ "attributes": { "pkce.code.challenge.method": "" } }), "B4"),
        (json!({ "redirectUris": ["*"] }), "B4"),
        (json!({ "webOrigins": ["*"] }), "B4"),
        (json!({ "directAccessGrantsEnabled": true }), "B4"),
    ] {
        world.with_client(changes.clone(), || {
            let drift = report()?.drift();
            ensure!(!drift.is_empty(), "nobody notices {changes}");
            ensure!(drift.iter().all(|line| line.starts_with(id)), "{changes} is reported as {drift:?}");
            Ok(())
        })?;
    }
    world.admin.set_client_role(AGENTS.name, "agent", APP, "Agent", false)?;
    let path = format!("/realms/{}/users/profile", AGENTS.name);
    let profile = world.admin.get(&path)?;
    let mut closed = profile.clone();
    closed["unmanagedAttributePolicy"] = json!("ADMIN_VIEW");
    world.admin.put(&path, &closed)?;
    let drift = restoring(report, || world.admin.put(&path, &profile))?.drift();
    ensure!(drift.iter().any(|line| line.starts_with("B1 ")), "closed unmanaged attributes are reported as {drift:?}");
    let give_back = || world.admin.set_client_role(AGENTS.name, "agent", APP, "Agent", true);
    let drift = restoring(report, give_back)?.drift();
    ensure!(
        drift.len() == 1 && drift.iter().all(|line| line.starts_with("B8")),
        "a role taken away is reported as {drift:?}"
    );
    dpop_drift(world)?;
    ensure!(report()?.drift().is_empty(), "the realms are not as before");
    Ok(())
}
