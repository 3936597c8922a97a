//! What the server does, asked as a front end, as `otrs-api`, and as an administrator who makes users.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Options, Report, self_service, sorted};
use crate::admin::{Admin, text};
use crate::http::{Client, encode, form, origin};
use crate::keycloak::{VERSION, secret};
use crate::realms::{API, APP, REALMS, Realm};

/// The challenge of RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub fn check(report: &mut Report, admin: &Admin, realm: Realm, options: &Options) -> Result<()> {
    let client = Client::new(Duration::from_secs(20));
    let app = admin.client(realm.name, APP)?;
    let redirects = sorted(&app["redirectUris"]);
    let redirect = format!("{}/cb", origin(redirects.first().map_or("", String::as_str)));
    anybody(report, admin, realm, &client, &redirect)?;
    if let Some(secret) = &options.api_secret {
        as_api(report, admin, realm, &client, secret)?;
    }
    if options.writes {
        users(report, admin, realm)?;
        if realm.is_customer {
            self_service::check(report, admin, realm, &redirect)?;
        }
    }
    Ok(())
}

fn anybody(report: &mut Report, admin: &Admin, realm: Realm, client: &Client, redirect: &str) -> Result<()> {
    let base = format!("{}/realms/{}/protocol/openid-connect", admin.base_url(), realm.name);
    let ask = |more: &[(&str, &str)]| {
        let mut fields = vec![
            ("client_id", APP),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "s"),
            ("prompt", "none"),
        ];
        fields.extend_from_slice(more);
        if !more.iter().any(|(name, _)| *name == "redirect_uri") {
            fields.push(("redirect_uri", redirect));
        }
        let answer = client.get(&format!("{base}/auth?{}", form(&fields)))?;
        let place = answer.header("location").to_string();
        anyhow::Ok(if place.is_empty() { answer.status.to_string() } else { place })
    };
    let s256 = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    let foreign = [s256[0], s256[1], ("redirect_uri", "https://attacker.invalid/cb")];
    for (what, more, wanted) in [
        ("a login without PKCE is refused", &[][..], "error=invalid_request"),
        ("a login with plain PKCE is refused", &plain[..], "error=invalid_request"),
        ("a login with S256 is accepted", &s256[..], "error=login_required"),
        ("a foreign redirect URI is refused with a page", &foreign[..], "400"),
    ] {
        let answer = ask(more)?;
        report.check("B4", realm.name, what, answer.contains(wanted), &answer);
    }
    let own = origin(redirect).to_string();
    for (who, allowed) in [(own.as_str(), true), ("https://attacker.invalid", false)] {
        let fields = form(&[("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", "")]);
        let headers = [("origin", who), ("content-type", "application/x-www-form-urlencoded")];
        let answer = client.send("POST", &format!("{base}/token"), &headers, &fields)?;
        let granted = answer.header("access-control-allow-origin").to_string();
        let what = format!("{who} {} token answers", if allowed { "may read" } else { "may not read" });
        report.check("B4", realm.name, &what, (granted == who) == allowed, &granted);
    }
    Ok(())
}

fn as_api(report: &mut Report, admin: &Admin, realm: Realm, client: &Client, api_secret: &str) -> Result<()> {
    let url = format!("{}/realms/{}/protocol/openid-connect/token", admin.base_url(), realm.name);
    let fields =
        |secret: &str| form(&[("grant_type", "client_credentials"), ("client_id", API), ("client_secret", secret)]);
    let form_type = [("content-type", "application/x-www-form-urlencoded")];
    for public in [String::new(), format!("${{{}}}", secret::VARIABLE)] {
        let answer = client.send("POST", &url, &form_type, &fields(&public))?;
        report.check("B11", realm.name, "otrs-api refuses a public secret", answer.status != 200, &answer.status);
    }
    let answer = client.send("POST", &url, &form_type, &fields(api_secret))?;
    report.check("B11", realm.name, "otrs-api logs in with its secret", answer.status == 200, &answer.status);
    let bearer = format!("Bearer {}", text(&answer.json(), "access_token"));
    let ask = |method: &str, path: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        client.send(method, &format!("{}/admin{path}", admin.base_url()), &headers, body)
    };
    let info = ask("GET", "/serverinfo", "")?.json();
    let version = &info["systemInfo"]["version"];
    report.check("B3", realm.name, &format!("otrs-api sees version {VERSION}"), *version == VERSION, version);
    let own = format!("/realms/{}", realm.name);
    let other = REALMS.iter().find(|one| one.name != realm.name).map_or("", |one| one.name);
    for (method, path, body, allowed) in [
        ("GET", format!("{own}/users?max=1"), "", true),
        ("GET", format!("{own}/clients?max=1"), "", true),
        ("GET", format!("{own}/users/profile"), "", true),
        ("GET", format!("{own}/events"), "", false),
        ("PUT", own.clone(), "{}", false),
        ("GET", format!("/realms/{other}/users?max=1"), "", false),
    ] {
        let status = ask(method, &path, body)?.status;
        let good = if allowed { status == 200 } else { status == 403 || status == 401 };
        let what = format!("otrs-api {} {method} {path}", if allowed { "may" } else { "may not" });
        report.check("B5", realm.name, &what, good, &status);
    }
    Ok(())
}

fn users(report: &mut Report, admin: &Admin, realm: Realm) -> Result<()> {
    let stamp = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let mut count = 0;
    let mut make = |login: &str, changes: Value| -> Result<u16> {
        count += 1;
        let mut user = json!({
            "username": login, "enabled": false, "firstName": "T", "lastName": "T",
            "email": format!("t{stamp}-{count}@example.invalid"),
        });
        if realm.is_customer {
            user["attributes"] = json!({ "customerid": ["T"] });
        }
        for (name, value) in changes.as_object().into_iter().flatten() {
            user[name] = value.clone();
        }
        let answer = admin.request("POST", &format!("/realms/{}/users", realm.name), Some(&user))?;
        if answer.status == 201 {
            let id = answer.header("location").rsplit('/').next().unwrap_or_default();
            admin.delete(&format!("/realms/{}/users/{}", realm.name, encode(id)))?;
        }
        Ok(answer.status)
    };
    let name = format!("check{stamp}");
    let status = make("ы", json!({}))?;
    report.check("B6", realm.name, "a user name of one character is accepted", status == 201, &status);
    let status = make(&format!("имя{name}"), json!({}))?;
    report.check("B2", realm.name, "a user name of mixed scripts is accepted", status == 201, &status);
    let status = make(&name, json!({ "firstName": "O'Brien <b>", "lastName": "\"&</x>" }))?;
    report.check("B2", realm.name, "names with markup are accepted", status == 201, &status);
    let mut attributes = json!({ "anything": ["x"] });
    if realm.is_customer {
        let status = make(&name, json!({ "attributes": {} }))?;
        report.check("B7", realm.name, "a customer without customerid is refused", status == 400, &status);
        attributes["customerid"] = json!(["T"]);
    }
    let status = make(&name, json!({ "attributes": attributes }))?;
    report.check("B1", realm.name, "an undeclared attribute is accepted", status == 201, &status);
    for sign in ["!", "%", "&", "*", "/", ","] {
        let status = make(&format!("{name}{sign}"), json!({}))?;
        report.check("B2", realm.name, &format!("a user name with {sign} is refused"), status == 400, &status);
    }
    Ok(())
}
