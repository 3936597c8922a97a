//! The client policy that binds refresh tokens to a key of the browser: there where it is wanted, and only there. With it
//! a front end that sends no proofs is locked out, without it one that sends them.

use anyhow::Result;
use serde_json::Value;

use super::{Options, Report};
use crate::admin::{Admin, names};
use crate::dpop::{LISTS, MARK, NAME};
use crate::realms::{APP, Realm};

pub fn check(report: &mut Report, admin: &Admin, realm: Realm, options: &Options) -> Result<()> {
    let app = admin.client(realm.name, APP)?;
    let marked = app["attributes"][MARK[0]] == MARK[1];
    let list = |name: &str| admin.get(&format!("/realms/{}/client-policies/{name}", realm.name));
    let (profiles, policies) = (list(LISTS[0])?, list(LISTS[1])?);
    let entries = |list: &Value, name: &str| list[name].as_array().cloned().unwrap_or_default();
    let applied: Vec<Value> = entries(&policies, LISTS[1])
        .into_iter()
        .filter(|policy| {
            policy["enabled"] == true && policy["profiles"].as_array().is_some_and(|all| all.contains(&NAME.into()))
        })
        .collect();
    if !options.dpop {
        let what = "no policy binds the tokens of otrs-app";
        report.check("DPoP", realm.name, what, !marked || applied.is_empty(), &names(&Value::from(applied), "name"));
        return Ok(());
    }
    report.check("DPoP", realm.name, "otrs-app has the policy's mark", marked, &app["attributes"][MARK[0]]);
    let conditions = applied.first().map(|policy| policy["conditions"].clone()).unwrap_or_default();
    let meant = applied.len() == 1
        && conditions[0]["condition"] == "client-attributes"
        && conditions[0]["configuration"]["attributes"].as_str().is_some_and(|text| text.contains(MARK[0]))
        && conditions.as_array().is_some_and(|all| all.len() == 1);
    report.check("DPoP", realm.name, "one policy applies to marked clients, and to no others", meant, &applied);
    let own = entries(&profiles, LISTS[0]).into_iter().find(|profile| profile["name"] == NAME).unwrap_or_default();
    let executor = &own["executors"][0];
    let is = |name: &str, wanted: &str| executor["configuration"][name].to_string().trim_matches('"') == wanted;
    let refresh_only = executor["executor"] == "dpop-bind-enforcer"
        && is("allow-only-refresh-token-binding", "true")
        && is("auto-configure", "false");
    report.check("DPoP", realm.name, "it binds refresh tokens and leaves access tokens alone", refresh_only, executor);
    Ok(())
}
