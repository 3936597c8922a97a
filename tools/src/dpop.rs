//! Realms that bind the front ends' refresh tokens to a key of the browser (RFC 9449), by the client policy in
//! `keycloak/dpop`.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::process::root;
use crate::realms::APP;

/// The attribute by which the policy knows its clients, and its value.
pub const MARK: [&str; 2] = ["otrs.dpop", "refresh"];
/// The name of profile and policy.
pub const NAME: &str = "otrs-dpop-refresh";

/// The admin API's two lists of the policy: what is done, and to whom. Each in a file of that name.
pub const LISTS: [&str; 2] = ["profiles", "policies"];

/// One of the lists, as its file has it.
pub fn list(name: &str) -> Result<Value> {
    let path = root().join("keycloak/dpop").join(name).with_extension("json");
    let body = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&body).with_context(|| format!("{} is not JSON", path.display()))
}

/// Switches it on. The mark comes first: where the policy applies, Keycloak 26.4 refuses every change of a client that
/// does not also have "Require DPoP bound tokens" on. What else there is of policies stays.
pub fn switch_on(admin: &Admin, realm: &str) -> Result<()> {
    admin.update_client(realm, APP, &json!({ "attributes": { MARK[0]: MARK[1] } }))?;
    for name in LISTS {
        let mut all = others(admin, realm, name)?;
        let own = list(name)?[name].take();
        if let (Some(all), Value::Array(own)) = (all[name].as_array_mut(), own) {
            all.extend(own);
        }
        admin.put(&path(realm, name), &all)?;
    }
    Ok(())
}

/// Switches it off. The policy goes before the profile that it names, and both before the mark.
pub fn switch_off(admin: &Admin, realm: &str) -> Result<()> {
    for name in LISTS.iter().rev() {
        admin.put(&path(realm, name), &others(admin, realm, name)?)?;
    }
    admin.update_client(realm, APP, &json!({ "attributes": { MARK[0]: "" } }))
}

fn path(realm: &str, list: &str) -> String {
    format!("/realms/{realm}/client-policies/{list}")
}

/// The realm's list without ours, as it is put.
fn others(admin: &Admin, realm: &str, list: &str) -> Result<Value> {
    let all = admin.get(&path(realm, list))?;
    let others = all[list].as_array().into_iter().flatten().filter(|entry| entry["name"] != NAME);
    Ok(json!({ list: others.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::{LISTS, MARK, NAME, list};
    use crate::keycloak::REALM_FILES;
    use crate::process::root;
    use crate::realms::APP;
    use serde_json::{Value, json};

    fn read(path: &str) -> Value {
        serde_json::from_str(&std::fs::read_to_string(root().join("keycloak").join(path)).unwrap()).unwrap()
    }

    #[test]
    fn realm_files_with_the_policy_are_the_others_and_the_policy() {
        for file in REALM_FILES {
            let mut realm = read(file);
            for client in realm["clients"].as_array_mut().unwrap() {
                if client["clientId"] == APP {
                    client["attributes"][MARK[0]] = json!(MARK[1]);
                }
            }
            realm["clientProfiles"] = list(LISTS[0]).unwrap();
            realm["clientPolicies"] = list(LISTS[1]).unwrap();
            let theirs = read(&format!("dpop/{file}"));
            for (name, value) in realm.as_object().unwrap() {
                assert_eq!(&theirs[name], value, "{file}: {name}");
            }
            assert_eq!(theirs.as_object().unwrap().len(), realm.as_object().unwrap().len(), "{file}");
        }
    }

    #[test]
    fn the_policy_applies_the_profile_to_marked_clients() {
        let policy = &list("policies").unwrap()["policies"][0];
        assert_eq!((&policy["name"], &policy["profiles"]), (&json!(NAME), &json!([NAME])));
        let marked = policy["conditions"][0]["configuration"]["attributes"].as_str().unwrap();
        let marked: Value = serde_json::from_str(marked).unwrap();
        assert_eq!(marked, json!([{ "key": MARK[0], "value": MARK[1] }]));
        assert_eq!(list("profiles").unwrap()["profiles"][0]["name"], NAME);
    }
}
