//! The two clients: B3, B4, B5, B8, B11.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Report, sorted};
use crate::admin::{Admin, names, text};
use crate::http::origin;
use crate::keycloak::secret;
use crate::realms::{API, APP, MAPPED, Realm};

/// Roles of `realm-management` for the service account, and no more.
const API_ROLES: [&str; 6] =
    ["manage-clients", "manage-users", "query-users", "view-clients", "view-system", "view-users"];

pub fn check(report: &mut Report, admin: &Admin, realm: Realm) -> Result<()> {
    let path = format!("/realms/{}", realm.name);
    let management = admin.client(realm.name, "realm-management")?;
    let roles = names(&admin.get(&format!("{path}/clients/{}/roles", text(&management, "id")))?, "name");
    let has = |role: &str| roles.iter().any(|own| own == role);
    report.check("B3", realm.name, "realm-management has the role view-system", has("view-system"), &roles);
    let built_in = ["manage-users", "view-users", "manage-clients", "realm-admin"].iter().all(|role| has(role));
    report.check("B3", realm.name, "realm-management keeps its own roles", built_in, &roles);
    app(report, admin, realm)?;
    api(report, admin, realm, &management)
}

fn app(report: &mut Report, admin: &Admin, realm: Realm) -> Result<()> {
    let app = admin.client(realm.name, APP)?;
    for (what, field, wanted) in [
        ("otrs-app is enabled", "enabled", true),
        ("otrs-app is public", "publicClient", true),
        ("otrs-app has the standard flow", "standardFlowEnabled", true),
        ("otrs-app has no implicit flow", "implicitFlowEnabled", false),
        ("otrs-app has no direct grants", "directAccessGrantsEnabled", false),
        ("otrs-app has no service account", "serviceAccountsEnabled", false),
    ] {
        report.check("B4", realm.name, what, app[field] == wanted, &app[field]);
    }
    let attribute = |name: &str| app["attributes"][name].as_str().unwrap_or_default().to_string();
    let pkce = attribute("pkce.code.challenge.method");
    report.check("B4", realm.name, "otrs-app demands PKCE with S256", pkce == "S256", &pkce);
    let dpop = attribute("dpop.bound.access.tokens");
    report.check("B4", realm.name, "otrs-app gets plain Bearer tokens", dpop != "true", &dpop);
    addresses(report, realm, &app, &attribute("post.logout.redirect.uris"));
    let id = text(&app, "id");
    let path = format!("/realms/{}/clients/{id}", realm.name);
    let scopes = names(&admin.get(&format!("{path}/default-client-scopes"))?, "name");
    for scope in ["basic", "profile", "email", "roles", "acr", "web-origins"] {
        let there = scopes.iter().any(|own| own == scope);
        report.check("B4", realm.name, &format!("otrs-app has the default scope {scope}"), there, &scopes);
    }
    let roles = names(&admin.get(&format!("{path}/roles"))?, "name");
    let there = roles.iter().any(|own| own == realm.role);
    report.check("B8", realm.name, &format!("otrs-app has the role {}", realm.role), there, &roles);
    if realm.is_customer {
        mappers(report, realm, &app);
    }
    Ok(())
}

fn addresses(report: &mut Report, realm: Realm, app: &Value, post_logout: &str) {
    let redirects = sorted(&app["redirectUris"]);
    let origins = sorted(&app["webOrigins"]);
    let logouts: Vec<String> = post_logout.split("##").filter(|uri| !uri.is_empty()).map(String::from).collect();
    let exact = |uris: &[String]| !uris.is_empty() && uris.iter().all(|uri| is_exact(uri));
    report.check("B4", realm.name, "redirect URIs name their origin", exact(&redirects), &redirects);
    report.check("B4", realm.name, "post-logout URIs name their origin", exact(&logouts), &logouts);
    let bare = origins.iter().all(|own| is_exact(own) && origin(own) == own);
    report.check("B4", realm.name, "web origins are exact", bare && !origins.is_empty(), &origins);
    let of = |uris: &[String]| sorted(&json!(uris.iter().map(|uri| origin(uri)).collect::<Vec<_>>()));
    let together = of(&redirects) == origins && of(&logouts) == origins;
    report.check("B4", realm.name, "redirect, post-logout and web origins are the same", together, &origins);
}

/// No pattern in scheme, host or port, and no placeholder left over.
fn is_exact(uri: &str) -> bool {
    let host = origin(uri);
    host.starts_with("http") && host.contains("://") && !host.contains('*') && !uri.contains("${")
}

fn mappers(report: &mut Report, realm: Realm, app: &Value) {
    let all = app["protocolMappers"].as_array().cloned().unwrap_or_default();
    let of = |claim: &str| all.iter().find(|mapper| mapper["config"]["claim.name"] == claim);
    for name in MAPPED {
        let config = of(name).map(|mapper| mapper["config"].clone()).unwrap_or_default();
        let good = config["user.attribute"] == name
            && config["access.token.claim"] == "true"
            && config["id.token.claim"] == "false";
        report.check("B7", realm.name, &format!("{name} is in the access token only"), good, &config);
    }
    report.check("B7", realm.name, "comment is in no token", of("comment").is_none(), &of("comment"));
}

fn api(report: &mut Report, admin: &Admin, realm: Realm, management: &Value) -> Result<()> {
    let api = admin.client(realm.name, API)?;
    for (what, field, wanted) in [
        ("otrs-api is confidential", "publicClient", false),
        ("otrs-api has the standard flow", "standardFlowEnabled", true),
        ("otrs-api has a service account", "serviceAccountsEnabled", true),
        ("otrs-api has no implicit flow", "implicitFlowEnabled", false),
        ("otrs-api has no direct grants", "directAccessGrantsEnabled", false),
    ] {
        report.check("B5", realm.name, what, api[field] == wanted, &api[field]);
    }
    let nowhere = sorted(&api["redirectUris"]).is_empty() && sorted(&api["webOrigins"]).is_empty();
    report.check("B5", realm.name, "otrs-api has no redirect URI and no web origin", nowhere, &api["redirectUris"]);
    let path = format!("/realms/{}", realm.name);
    let kept = admin.get(&format!("{path}/clients/{}/client-secret", text(&api, "id")))?;
    let fault = match text(&kept, "value") {
        "" => Some("is empty"),
        value => secret::fault(value),
    };
    report.check("B11", realm.name, "the secret of otrs-api is one of its own", fault.is_none(), &fault);
    let account = admin.get(&format!("{path}/clients/{}/service-account-user", text(&api, "id")))?;
    let mapped = format!("{path}/users/{}/role-mappings/clients/{}", text(&account, "id"), text(management, "id"));
    let mut roles = names(&admin.get(&mapped)?, "name");
    roles.sort();
    report.check("B5", realm.name, "otrs-api has exactly its six roles", roles == API_ROLES, &roles);
    Ok(())
}
