//! The user profile: B1, B2, B6, B7.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Report, sorted};
use crate::admin::Admin;
use crate::realms::{MAPPED, Realm};

pub fn check(report: &mut Report, admin: &Admin, realm: Realm) -> Result<()> {
    let profile = admin.get(&format!("/realms/{}/users/profile", realm.name))?;
    let policy = &profile["unmanagedAttributePolicy"];
    report.check("B1", realm.name, "unmanaged attributes are enabled", *policy == "ENABLED", policy);
    let attribute = |name: &str| {
        let all = profile["attributes"].as_array();
        all.and_then(|all| all.iter().find(|one| one["name"] == name)).cloned().unwrap_or(Value::Null)
    };
    for (name, validator) in [
        ("username", "up-username-not-idn-homograph"),
        ("firstName", "person-name-prohibited-characters"),
        ("lastName", "person-name-prohibited-characters"),
    ] {
        let found = attribute(name)["validations"].clone();
        let good = found.is_object() && found.get(validator).is_none();
        report.check("B2", realm.name, &format!("{name} has no validator {validator}"), good, &found);
    }
    let username = attribute("username")["validations"].clone();
    let kept = username.get("username-prohibited-characters").is_some();
    report.check("B2", realm.name, "username keeps its prohibited characters", kept, &username);
    let length = &username["length"];
    let good = number(&length["min"]) == Some(1) && number(&length["max"]) == Some(255);
    report.check("B6", realm.name, "user names have 1 to 255 characters", good, length);
    if realm.is_customer {
        customers(report, realm, &attribute);
    }
    Ok(())
}

/// The profile's numbers may be texts.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn customers(report: &mut Report, realm: Realm, attribute: &dyn Fn(&str) -> Value) {
    let id = attribute("customerid");
    for (what, found, wanted) in [
        ("customerid is required of administrators", &id["required"]["roles"], json!(["admin"])),
        ("customerid is edited by administrators only", &id["permissions"]["edit"], json!(["admin"])),
        ("customerid is shown to its owner", &id["permissions"]["view"], json!(["admin", "user"])),
    ] {
        report.check("B7", realm.name, what, sorted(found) == sorted(&wanted), found);
    }
    for name in MAPPED.iter().filter(|name| **name != "customerid") {
        let found = attribute(name);
        let good = found.is_object() && found.get("required").is_none_or(Value::is_null);
        report.check("B7", realm.name, &format!("{name} is declared and optional"), good, &found);
    }
    let comment = attribute("comment")["permissions"].clone();
    let good = comment["view"] == json!(["admin"]) && comment["edit"] == json!(["admin"]);
    report.check("B7", realm.name, "comment is for administrators only", good, &comment);
}
