//! A client of Keycloak's admin API. Its token is renewed by itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::http::{Answer, Client, encode};
use crate::keycloak::Secrets;

/// Tokens of `admin-cli` live for a minute.
const TOKEN_AGE: Duration = Duration::from_secs(30);

/// The administrator of one Keycloak.
pub struct Admin {
    base: String,
    name: String,
    password: String,
    client: Client,
    token: Mutex<Option<(Instant, String)>>,
}

impl Admin {
    /// The administrator of the Keycloak at this URL.
    pub fn new(base: &str, secrets: &Secrets) -> Self {
        Self {
            base: base.into(),
            name: secrets.admin.clone(),
            password: secrets.admin_password.clone(),
            client: Client::new(Duration::from_secs(30)),
            token: Mutex::new(None),
        }
    }

    /// The server's URL without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    fn token(&self) -> Result<String> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, token)) = kept.as_ref().filter(|(since, _)| since.elapsed() < TOKEN_AGE) {
            let _ = since;
            return Ok(token.clone());
        }
        let url = format!("{}/realms/master/protocol/openid-connect/token", self.base);
        let fields = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", &self.name),
            ("password", &self.password),
        ];
        let answer = self.client.post_form(&url, &fields)?;
        let Some(token) = answer.json()["access_token"].as_str().map(String::from) else {
            bail!(
                "the administrator {} cannot log in to {}: Keycloak answered {}",
                self.name,
                self.base,
                answer.summary()
            );
        };
        *kept = Some((Instant::now(), token.clone()));
        Ok(token)
    }

    /// Any request; the path begins after `/admin`. An error status is an answer.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.token()?);
        let url = format!("{}/admin{path}", self.base);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        match body {
            Some(body) => self.client.send(method, &url, &headers, &body.to_string()),
            None => self.client.send(method, &url, headers.get(..1).unwrap_or_default(), ""),
        }
    }

    fn expect(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let answer = self.request(method, path, body)?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} /admin{path}: Keycloak answered {}", answer.summary());
        }
        Ok(answer)
    }

    /// Reads JSON.
    pub fn get(&self, path: &str) -> Result<Value> {
        Ok(self.expect("GET", path, None)?.json())
    }

    /// Replaces something.
    pub fn put(&self, path: &str, body: &Value) -> Result<()> {
        self.expect("PUT", path, Some(body)).map(drop)
    }

    /// Makes something and returns its id, if the answer names one.
    pub fn post(&self, path: &str, body: &Value) -> Result<Option<String>> {
        let answer = self.expect("POST", path, Some(body))?;
        Ok(answer.header("location").rsplit('/').next().filter(|id| !id.is_empty()).map(String::from))
    }

    /// Removes something.
    pub fn delete(&self, path: &str) -> Result<()> {
        self.expect("DELETE", path, None).map(drop)
    }

    /// Sets attributes of a realm, such as `accessTokenLifespan`; the others stay.
    pub fn set_realm(&self, realm: &str, changes: &Value) -> Result<()> {
        self.put(&format!("/realms/{realm}"), changes)
    }

    /// A user by the exact login, if there is one.
    pub fn find_user(&self, realm: &str, login: &str) -> Result<Option<Value>> {
        let found = self.get(&format!("/realms/{realm}/users?exact=true&username={}", encode(login)))?;
        Ok(found.get(0).cloned())
    }

    /// The id of a user who must be there.
    pub fn user_id(&self, realm: &str, login: &str) -> Result<String> {
        let user = self.find_user(realm, login)?;
        match user.as_ref().and_then(|user| user["id"].as_str()) {
            Some(id) => Ok(id.into()),
            None => bail!("the realm {realm} has no user {login}"),
        }
    }

    /// Lets a user in or keeps them out.
    pub fn set_enabled(&self, realm: &str, login: &str, enabled: bool) -> Result<()> {
        let id = self.user_id(realm, login)?;
        self.put(&format!("/realms/{realm}/users/{id}"), &json!({ "enabled": enabled }))
    }

    /// Ends all sessions of a user.
    pub fn logout_user(&self, realm: &str, login: &str) -> Result<()> {
        let id = self.user_id(realm, login)?;
        self.expect("POST", &format!("/realms/{realm}/users/{id}/logout"), None).map(drop)
    }

    /// A client by its client id.
    pub fn client(&self, realm: &str, client_id: &str) -> Result<Value> {
        let found = self.get(&format!("/realms/{realm}/clients?clientId={}", encode(client_id)))?;
        match found.get(0) {
            Some(client) => Ok(client.clone()),
            None => bail!("the realm {realm} has no client {client_id}"),
        }
    }

    /// Stores a client as read by [`Admin::client`] and changed.
    pub fn save_client(&self, realm: &str, client: &Value) -> Result<()> {
        self.put(&format!("/realms/{realm}/clients/{}", text(client, "id")), client)
    }

    /// Changes some fields of a client, such as `redirectUris` or `webOrigins`.
    pub fn update_client(&self, realm: &str, client_id: &str, changes: &Value) -> Result<()> {
        let mut client = self.client(realm, client_id)?;
        merge(&mut client, changes);
        self.save_client(realm, &client)
    }

    /// Adds a default scope to a client or takes it away.
    pub fn set_default_scope(&self, realm: &str, client_id: &str, scope: &str, on: bool) -> Result<()> {
        let client = self.client(realm, client_id)?;
        let scopes = self.get(&format!("/realms/{realm}/client-scopes"))?;
        let Some(found) = scopes.as_array().and_then(|all| all.iter().find(|one| one["name"] == scope)) else {
            bail!("the realm {realm} has no client scope {scope}");
        };
        let path =
            format!("/realms/{realm}/clients/{}/default-client-scopes/{}", text(&client, "id"), text(found, "id"));
        self.expect(if on { "PUT" } else { "DELETE" }, &path, None).map(drop)
    }

    /// The names of the roles of a client that a user has directly.
    pub fn client_roles(&self, realm: &str, user_id: &str, client_id: &str) -> Result<Vec<String>> {
        let client = self.client(realm, client_id)?;
        let roles =
            self.get(&format!("/realms/{realm}/users/{user_id}/role-mappings/clients/{}", text(&client, "id")))?;
        Ok(names(&roles, "name"))
    }

    /// Gives a user a role of a client or takes it away.
    pub fn set_client_role(&self, realm: &str, login: &str, client_id: &str, role: &str, on: bool) -> Result<()> {
        let user = self.user_id(realm, login)?;
        let client = self.client(realm, client_id)?;
        let role = self.get(&format!("/realms/{realm}/clients/{}/roles/{}", text(&client, "id"), encode(role)))?;
        let path = format!("/realms/{realm}/users/{user}/role-mappings/clients/{}", text(&client, "id"));
        self.expect(if on { "POST" } else { "DELETE" }, &path, Some(&json!([role]))).map(drop)
    }
}

/// A text field; empty when it is missing.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// One text field of every entry of a list.
pub fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|entry| text(entry, field).to_string()).collect()
}

/// Objects are merged field by field, everything else is replaced.
fn merge(into: &mut Value, changes: &Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(into.entry(name.as_str()).or_insert(Value::Null), change);
            }
        }
        (into, change) => *into = change.clone(),
    }
}
