//! The demo users, against the realm file they come from: B8.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Report, sorted};
use crate::admin::{Admin, text};
use crate::process::root;
use crate::realms::{APP, Realm};

pub fn check(report: &mut Report, admin: &Admin, realm: Realm) -> Result<()> {
    let file = root().join(format!("keycloak/{}-realm.json", realm.name));
    let file = std::fs::read_to_string(&file).context("the realm file is missing")?;
    let file: Value = serde_json::from_str(&file).context("the realm file is not valid JSON")?;
    for user in file["users"].as_array().into_iter().flatten() {
        let login = text(user, "username");
        if user.get("serviceAccountClientId").is_some() {
            continue;
        }
        let found = admin.find_user(realm.name, login)?.unwrap_or_default();
        let there = found["enabled"] == user["enabled"];
        report.check(
            "B8",
            realm.name,
            &format!("{login} is there, enabled or not as in the file"),
            there,
            &found["enabled"],
        );
        if !there {
            continue;
        }
        let mut roles = admin.client_roles(realm.name, text(&found, "id"), APP)?;
        roles.sort();
        let wanted = sorted(&user["clientRoles"][APP]);
        report.check("B8", realm.name, &format!("{login} has the roles of the file"), roles == wanted, &roles);
        for (name, value) in user["attributes"].as_object().into_iter().flatten() {
            let kept = &found["attributes"][name];
            report.check("B7", realm.name, &format!("{login} has the {name} of the file"), kept == value, kept);
        }
    }
    Ok(())
}
