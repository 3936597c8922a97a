//! Signing in, and answers that are not ours.

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::process::root;
use otrs_auth_tools::realms::{APP, MAPPED, REALMS, Realm};
use serde_json::{Value, json};

use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World, cut};

/// A deep link with everything that gets lost on bad ways: `;`, quoted signs, Unicode, a fragment.
const DEEP: &str = "?note=a%26b%20\u{fc}&x=1;y=2#\u{dc}n\u{ef}-\u{2713}";

/// Users of a realm file who may enter, as they stand in it.
fn may_enter(realm: Realm) -> Result<Vec<Value>> {
    let file = root().join(format!("keycloak/{}-realm.json", realm.name));
    let realm_file: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let users = realm_file["users"].as_array().cloned().unwrap_or_default();
    let enters = |user: &Value| {
        let role = user["clientRoles"][APP].as_array().is_some_and(|roles| roles.contains(&json!(realm.role)));
        let customer = !realm.is_customer || user["attributes"]["customerid"].is_array();
        role && customer && user["enabled"] == true
    };
    Ok(users.into_iter().filter(enters).collect())
}

fn home(realm: Realm) -> &'static str {
    if realm.is_customer { "/customer/" } else { "/agent/" }
}

pub fn every_account(world: &World, driver: &Driver) -> Result<()> {
    for realm in REALMS {
        let users = may_enter(realm)?;
        ensure!(users.len() >= 5, "the realm file of {} has too few users to test with", realm.name);
        // In one browser after the other: nothing of the one before may be left.
        visit(world, driver, |visit| {
            for user in &users {
                account(visit, realm, user).with_context(|| format!("{} of {}", user["username"], realm.name))?;
                visit.log_out()?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn account(visit: &Visit<'_>, realm: Realm, user: &Value) -> Result<()> {
    let login = user["username"].as_str().unwrap_or_default();
    let path = if realm.is_customer { "tickets/" } else { "ticket/3" };
    let target = format!("{}{}{path}{DEEP}", visit.world.app, home(realm));
    visit.browser.goto(&target)?;
    let form = visit.wait_for_form()?;
    let expected = format!("{}/realms/{}/protocol/openid-connect/auth", visit.world.authority, realm.name);
    ensure!(cut(&form) == expected, "the form is at {} instead of {expected}", cut(&form));
    visit.log_in(login)?;
    visit.wait_for("signed_in")?;
    let expected = visit.browser.run(&format!("return new URL({}).href", json!(target)), &[])?;
    let url = visit.browser.run("return location.href", &[])?;
    ensure!(url == expected, "came back to {url} instead of {expected}");
    visit.expect_clean_address()?;
    let seen = visit.ask("return { user: session.user, roles: session.roles, customer: session.customer, missing: session.missingClaims }")?;
    let name =
        format!("{} {}", user["firstName"].as_str().unwrap_or_default(), user["lastName"].as_str().unwrap_or_default());
    for (claim, value) in [
        ("login", &user["username"]),
        ("firstName", &user["firstName"]),
        ("lastName", &user["lastName"]),
        ("email", &user["email"]),
        ("name", &json!(name)),
    ] {
        ensure!(seen["user"][claim] == *value, "{claim} is {} instead of {value}", seen["user"][claim]);
    }
    ensure!(sorted(&seen["roles"]) == sorted(&user["clientRoles"][APP]), "roles are {}", seen["roles"]);
    ensure!(seen["missing"] == json!([]), "missing claims are {}", seen["missing"]);
    let mut attributes = json!(null);
    if realm.is_customer {
        attributes = json!({});
        for name in MAPPED {
            if let Some(value) = user["attributes"][name][0].as_str() {
                attributes[name] = json!(value);
            }
        }
    }
    ensure!(seen["customer"] == attributes, "customer data are {} instead of {attributes}", seen["customer"]);
    shown(visit, "user-name", &name)?;
    shown(visit, "user-login", login)?;
    for (field, value) in attributes.as_object().into_iter().flatten() {
        shown(visit, &format!("customer-{field}"), value.as_str().unwrap_or_default())?;
    }
    let chips = visit
        .browser
        .run("return [...document.querySelectorAll('[data-test=role]')].map((chip) => chip.textContent)", &[])?;
    ensure!(sorted(&chips) == sorted(&seen["roles"]), "the page shows the roles {chips}");
    Ok(())
}

/// The page shows exactly this text: what looks like markup in it is text, too.
fn shown(visit: &Visit<'_>, test: &str, expected: &str) -> Result<()> {
    let text = visit.text(test)?;
    ensure!(text == expected, "the page shows {text:?} as {test} instead of {expected:?}");
    Ok(())
}

fn sorted(list: &Value) -> Vec<String> {
    let mut names: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
    names.sort();
    names
}

pub fn deep_link(world: &World, driver: &Driver) -> Result<()> {
    for realm in REALMS {
        let users = may_enter(realm)?;
        let user = users.first().context("a user")?;
        visit(world, driver, |visit| {
            account(visit, realm, user)?;
            // The token is one that the service desk takes.
            let whoami = visit.ask("const answer = await session.fetch('/api/whoami'); return [answer.status, (await answer.json()).login]")?;
            ensure!(whoami == json!([200, user["username"]]), "the REST API says {whoami}");
            Ok(())
        })?;
    }
    Ok(())
}

pub fn strict_csp(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.open("/agent/")?;
        visit.log_in("agent")?;
        visit.wait_for("signed_in")?;
        let policy =
            visit.browser.run("return (await fetch('/agent/')).headers.get('content-security-policy')", &[])?;
        let policy = policy.as_str().unwrap_or_default().to_string();
        ensure!(policy.contains("script-src 'self' 'wasm-unsafe-eval'"), "the policy is {policy}");
        // What a violation would do, so that its absence means something.
        let blocked = visit.browser.run(
            "const seen = new Promise(r => document.addEventListener('securitypolicyviolation', e => r(e.effectiveDirective), { once: true })); \
             const s = document.createElement('script'); s.textContent = 'window.broken = true'; document.head.append(s); \
             return [await seen, !!window.broken]",
            &[],
        )?;
        ensure!(blocked[1] == false, "an inline script ran");
        visit.ask("await session.getToken({ fresh: true }); return 1")?;
        Ok(())
    })
}

pub fn forged_callback(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        visit.enter("/agent/", "agent2")?;
        let tag = tag(visit)?;
        visit.browser.goto("about:blank")?;
        visit.open(&format!("/agent/?kept=1#code=forged&state=otrs-auth.{tag}.1.forged&iss=x"))?;
        visit.wait_for("signed_in")?;
        ensure!(visit.requests("/token")? == 0, "a token request was sent");
        let code = visit.text("error-code")?;
        ensure!(code == "callback_unsolicited", "the page says {code}");
        visit.expect_clean_address()
    })?;
    // Where nobody is signed in, it is an error and not a reason to go anywhere.
    visit(world, driver, |visit| {
        visit.open("/agent/signed-out")?;
        let tag = tag_of(visit)?;
        visit.browser.goto("about:blank")?;
        visit.open(&format!("/agent/#code=forged&state=otrs-auth.{tag}.1.forged&iss=x"))?;
        visit.wait_for("failed")?;
        let code = visit.text("error-code")?;
        ensure!(code == "callback_unsolicited", "the page says {code}");
        ensure!(visit.requests("")? == 0, "Keycloak was asked");
        visit.expect_clean_address()
    })
}

/// The namespace of the agents' session, as its cookie names it.
fn tag(visit: &Visit<'_>) -> Result<String> {
    let cookies = visit.browser.run("return document.cookie", &[])?;
    let cookies = cookies.as_str().unwrap_or_default().to_string();
    let tag = cookies.split("otrs-auth.").nth(1).and_then(|rest| rest.split('.').next());
    tag.map(String::from).context("there is no session cookie")
}

/// The same, computed as the package does.
pub fn tag_of(visit: &Visit<'_>) -> Result<String> {
    let script = format!(
        "const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('{}/realms/otrs-agents otrs-app')); \
         return btoa(String.fromCharCode(...new Uint8Array(hash).slice(0, 6))).replaceAll('+', '-').replaceAll('/', '_')",
        visit.world.authority
    );
    Ok(visit.browser.run(&script, &[])?.as_str().unwrap_or_default().to_string())
}

pub fn replayed_callback(world: &World, driver: &Driver) -> Result<()> {
    visit(world, driver, |visit| {
        // Take down the answer before the package does, then play it twice.
        visit.open("/agent/")?;
        let opened = visit.browser.url()?;
        ensure!(!opened.is_empty(), "no address");
        visit.log_in("agent")?;
        visit.wait_for("signed_in")?;
        let answer = visit.browser.run("return performance.getEntriesByType('navigation')[0].name", &[])?;
        let answer = answer.as_str().unwrap_or_default().to_string();
        let with_answer = if answer.contains("code=") {
            answer
        } else {
            format!(
                "{}/agent/#code=used&state=otrs-auth.{}.1.used&iss={}/realms/otrs-agents",
                visit.world.app,
                tag(visit)?,
                visit.world.authority
            )
        };
        visit.browser.goto("about:blank")?;
        visit.browser.goto(&with_answer)?;
        visit.wait_for("signed_in")?;
        ensure!(visit.requests("/token")? == 0, "the used answer was sent again");
        visit.expect_clean_address()?;
        visit.ask("return await session.getToken({ fresh: true })").map(drop)
    })
}
