//! The realm files over the admin API: for a server that was there before, and for origins that the
//! files do not list.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::distribution::REALM_FILES;
use super::secret::{Secrets, VARIABLE, check_secret};
use crate::accounts;
use crate::admin::Admin;
use crate::process::root;
use crate::realms::{APP, REALMS};

/// Imports the realms that the server does not have. Existing ones are never changed.
pub fn import_missing(admin: &Admin, secrets: &Secrets, app_origin: Option<&String>) -> Result<()> {
    for (realm, file) in REALMS.iter().zip(REALM_FILES) {
        let there = admin.request("GET", &format!("/realms/{}", realm.name), None)?;
        match there.status {
            200 => continue,
            404 => {}
            _ => bail!("the realm {} cannot be read: Keycloak answered {}", realm.name, there.summary()),
        }
        let secret = check_secret(secrets.api_client_secret.as_deref())?;
        let text = fs::read_to_string(root().join("keycloak").join(file))
            .with_context(|| format!("keycloak/{file} cannot be read"))?;
        let text = fill(&text, |name| match name {
            VARIABLE => Some(secret.to_string()),
            "OTRS_APP_ORIGIN" => app_origin.cloned(),
            accounts::PASSWORD_VARIABLE => Some(accounts::password()),
            _ => None,
        });
        let body: Value = serde_json::from_str(&text).with_context(|| format!("keycloak/{file} is not JSON"))?;
        admin.post("/realms", &body).with_context(|| format!("the realm {} cannot be imported", realm.name))?;
    }
    Ok(())
}

/// Replaces `${NAME:default}` as Keycloak's own import does. Texts of Keycloak's screens look alike
/// but have no capital letters: they stay.
fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = from.find('}') else { break };
        let whole = from.get(..=end).unwrap_or(from);
        let inside = whole.trim_start_matches("${").trim_end_matches('}');
        let (name, default) = inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default)));
        let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let filled = if is_variable { value(name).or(default.map(String::from)) } else { None };
        out.push_str(&filled.map_or(whole.to_string(), |text| escaped(&text)));
        rest = from.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// A value inside a JSON text.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').map_or(quoted.clone(), String::from)
}

/// Lets front ends at these origins log in too.
pub fn add_origins(admin: &Admin, origins: &[String]) -> Result<()> {
    if origins.is_empty() {
        return Ok(());
    }
    for realm in &REALMS {
        let mut client = admin.client(realm.name, APP)?;
        let missing: Vec<&String> = origins.iter().filter(|origin| !lists(&client["webOrigins"], origin)).collect();
        if missing.is_empty() {
            continue;
        }
        for origin in missing {
            add(&mut client, origin);
        }
        admin.save_client(realm.name, &client)?;
    }
    Ok(())
}

fn lists(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|entry| entry == text))
}

fn add(client: &mut Value, origin: &str) {
    let page = format!("{origin}/*");
    if let Some(list) = client["redirectUris"].as_array_mut() {
        list.push(json!(page));
    }
    if let Some(list) = client["webOrigins"].as_array_mut() {
        list.push(json!(origin));
    }
    let after = &mut client["attributes"]["post.logout.redirect.uris"];
    *after = json!(format!("{}##{page}", after.as_str().unwrap_or_default()).trim_start_matches("##"));
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_as_keycloak_does() {
        let given = |name: &str| (name == "A_B").then(|| "x\"y".to_string());
        assert_eq!(fill("1 ${A_B} 2", given), "1 x\\\"y 2");
        assert_eq!(fill("${A_B:z} ${C:http://localhost:3001}/*", given), "x\\\"y http://localhost:3001/*");
        assert_eq!(fill("${username} ${D}", given), "${username} ${D}");
    }
}
