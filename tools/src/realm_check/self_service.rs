//! What a customer can do to their own account: B7. A throw-away customer logs in through the login form, as
//! with a browser, and tries to move to another company.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Report;
use crate::admin::{Admin, text};
use crate::http::{Answer, Client, form};
use crate::keycloak::secret;
use crate::realms::{APP, Realm};

/// Verifier and challenge of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub fn check(report: &mut Report, admin: &Admin, realm: Realm, redirect: &str) -> Result<()> {
    let (login, password) = (format!("check-{}", secret::random(6)?), secret::random(16)?);
    let user = json!({
        "username": login, "enabled": true, "firstName": "T", "lastName": "T", "emailVerified": true,
        "email": format!("{login}@example.invalid"), "attributes": { "customerid": ["OWN"] },
        "credentials": [{ "type": "password", "value": password, "temporary": false }],
    });
    let id = admin.post(&format!("/realms/{}/users", realm.name), &user)?.unwrap_or_default();
    let outcome = attempt(report, admin, realm, &[redirect, &login, &password, &id]);
    admin.delete(&format!("/realms/{}/users/{id}", realm.name))?;
    outcome
}

fn attempt(
    report: &mut Report,
    admin: &Admin,
    realm: Realm,
    [redirect, login, password, id]: &[&str; 4],
) -> Result<()> {
    let client = Client::new(Duration::from_secs(20));
    let base = format!("{}/realms/{}", admin.base_url(), realm.name);
    // Without a login there is nothing to try; why it fails is mostly a setting of the client.
    let token = match token(&client, &base, redirect, login, password) {
        Ok(token) => token,
        Err(error) => {
            report.check("B4", realm.name, "a customer can log in", false, &error.to_string());
            return Ok(());
        }
    };
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("accept", "application/json"), ("content-type", "application/json")];
    let mut account = client.send("GET", &format!("{base}/account/"), &headers, "")?.json();
    report.check(
        "B7",
        realm.name,
        "a customer does not see comment",
        account["attributes"]["comment"].is_null(),
        &"it",
    );
    account["attributes"]["customerid"] = json!(["OTHER"]);
    let answer = client.send("POST", &format!("{base}/account/"), &headers, &account.to_string())?;
    report.check("B7", realm.name, "a customer may not change customerid", answer.status == 400, &answer.status);
    let kept = admin.get(&format!("/realms/{}/users/{id}", realm.name))?["attributes"]["customerid"].clone();
    report.check("B7", realm.name, "customerid is as before", kept == json!(["OWN"]), &kept);
    Ok(())
}

fn token(client: &Client, base: &str, redirect: &str, login: &str, password: &str) -> Result<String> {
    let query = form(&[
        ("client_id", APP),
        ("response_type", "code"),
        ("scope", "openid"),
        ("redirect_uri", redirect),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let page = client.get(&format!("{base}/protocol/openid-connect/auth?{query}"))?;
    let action = page.text.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
    let action = action.context("Keycloak shows no login form")?.replace("&amp;", "&");
    let cookies = cookies(&page);
    let headers = [("cookie", cookies.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let sent = client.send("POST", &action, &headers, &form(&[("username", login), ("password", password)]))?;
    let code = sent.header("location").split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    let code = code.context("the throw-away customer cannot log in")?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", APP),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", VERIFIER),
    ];
    let answer: Value = client.post_form(&format!("{base}/protocol/openid-connect/token"), &fields)?.json();
    Ok(text(&answer, "access_token").to_string())
}

fn cookies(page: &Answer) -> String {
    let all = page.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let pairs: Vec<&str> = all.filter_map(|cookie| cookie.split(';').next()).collect();
    pairs.join("; ")
}
