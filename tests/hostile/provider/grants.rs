//! Codes and refresh tokens: what was given to whom, and whether it may still be used.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::faults::Faults;
use super::tokens::{self, Key, Token};
use super::{Pairs, Seen};

/// One login of one client.
#[derive(Clone)]
struct Login {
    realm: String,
    client: String,
    nonce: String,
    auth_time: i64,
    /// The refresh token that may be used; another one of the same login ends it.
    current: String,
    over: bool,
    /// The thumbprint of the key that its tokens are bound to; empty where they are not.
    key: String,
}

/// Everything that was given out.
#[derive(Default)]
pub struct Grants {
    codes: HashMap<String, (String, Pairs)>,
    logins: Vec<Login>,
    /// Which login a refresh token belongs to.
    refresh: HashMap<String, usize>,
    /// Kind, client and value of every secret.
    given: Vec<(&'static str, String, String)>,
}

/// An OAuth error (RFC 6749 section 5.2).
pub type Refusal = (&'static str, &'static str);

fn value<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

impl Grants {
    pub fn secrets(&self, client: &str) -> Vec<(String, String)> {
        let own = self.given.iter().filter(|(_, owner, _)| owner == client);
        own.map(|(kind, _, value)| ((*kind).to_string(), value.clone())).collect()
    }

    pub fn end(&mut self) {
        self.logins.iter_mut().for_each(|login| login.over = true);
    }

    fn give(&mut self, kind: &'static str, client: &str, value: &str) {
        self.given.push((kind, client.to_string(), value.to_string()));
    }

    /// A code for this authorization request.
    pub fn code(&mut self, realm: &str, request: Pairs) -> String {
        let code = tokens::random("canary-code-");
        self.give("code", value(&request, "client_id"), &code);
        self.codes.insert(code.clone(), (realm.to_string(), request));
        code
    }

    /// Answers a token request of whoever has this key.
    pub fn answer(&mut self, seen: &Seen, key: &str, faults: &Faults) -> Result<Value, Refusal> {
        let at = match seen.get("grant_type") {
            "authorization_code" => self.exchange(seen, key)?,
            "refresh_token" => self.refresh(seen, key)?,
            _ => return Err(("unsupported_grant_type", "Unsupported grant_type")),
        };
        Ok(self.tokens(at, &seen.base, faults))
    }

    fn exchange(&mut self, seen: &Seen, key: &str) -> Result<usize, Refusal> {
        let invalid = ("invalid_grant", "Code not valid");
        // Once, whatever comes of it.
        let (realm, request) = self.codes.remove(seen.get("code")).ok_or(invalid)?;
        let client = value(&request, "client_id");
        if realm != seen.realm || client != seen.get("client_id") {
            return Err(invalid);
        }
        if value(&request, "redirect_uri") != seen.get("redirect_uri") {
            return Err(("invalid_grant", "Incorrect redirect_uri"));
        }
        if value(&request, "code_challenge_method") != "S256"
            || tokens::challenge(seen.get("code_verifier")) != value(&request, "code_challenge")
        {
            return Err(("invalid_grant", "PKCE verification failed: Code mismatch"));
        }
        if !key.is_empty() && value(&request, "dpop_jkt") != key {
            return Err(("invalid_request", "DPoP Proof public key thumbprint does not match dpop_jkt"));
        }
        self.logins.push(Login {
            key: key.to_string(),
            realm,
            client: client.to_string(),
            nonce: value(&request, "nonce").to_string(),
            auth_time: now(),
            current: String::new(),
            over: false,
        });
        Ok(self.logins.len() - 1)
    }

    fn refresh(&mut self, seen: &Seen, key: &str) -> Result<usize, Refusal> {
        let invalid = ("invalid_grant", "Token is not active");
        let token = seen.get("refresh_token");
        let at = *self.refresh.get(token).ok_or(("invalid_grant", "Invalid refresh token"))?;
        let login = self.logins.get_mut(at).ok_or(invalid)?;
        if login.over || login.client != seen.get("client_id") || login.realm != seen.realm {
            return Err(invalid);
        }
        if login.key != key {
            return Err(("invalid_grant", "DPoP confirmation doesn't match DPoP proof"));
        }
        if login.current != token {
            login.over = true;
            return Err(("invalid_grant", "Maximum allowed refresh token reuse exceeded"));
        }
        Ok(at)
    }

    /// The key that an access token is bound to, if it was given out.
    pub fn key_of(&self, access_token: &str) -> Option<String> {
        let (_, client, _) = self.given.iter().find(|(_, _, value)| value == access_token)?;
        self.logins.iter().rev().find(|login| login.client == *client).map(|login| login.key.clone())
    }

    fn tokens(&mut self, at: usize, base: &str, faults: &Faults) -> Value {
        let first = self.logins[at].current.is_empty();
        let refresh = tokens::random("canary-refresh-");
        self.logins[at].current.clone_from(&refresh);
        self.refresh.insert(refresh.clone(), at);
        let login = self.logins[at].clone();
        let issuer = format!("{base}/realms/{}", login.realm);
        let (key, now) = (faults.key.unwrap_or(Key::of(&login.realm)), now());
        let role = if key == Key::Customers { "Customer User" } else { "Agent" };
        let mut access = Token::new(
            key,
            json!({
                "iss": issuer, "sub": "5f2b", "azp": login.client, "typ": "Bearer", "exp": now + 300, "iat": now,
                "jti": tokens::random("canary-access-"), "sid": "s-1", "preferred_username": "root@localhost",
                "name": "Root", "given_name": "R", "family_name": "Oot", "email": "root@localhost", "customerid": "C-1",
                "resource_access": { &login.client: { "roles": [role] } },
            }),
        );
        if let Some(change) = &faults.access_token {
            change(&mut access);
        }
        let access = access.sign();
        let mut id = Token::new(
            key,
            json!({
                "iss": issuer, "sub": "5f2b", "aud": login.client, "azp": login.client, "typ": "ID",
                "exp": now + 300, "iat": now, "auth_time": login.auth_time, "jti": tokens::random(""), "sid": "s-1",
                "at_hash": tokens::half_hash(&access), "preferred_username": "root@localhost",
            }),
        );
        if first {
            // Since version 25 a refreshed one has none.
            id.with("nonce", login.nonce.as_str());
        }
        if let Some(change) = &faults.id_token {
            change(&mut id);
        }
        let id = id.sign();
        for (kind, value) in [("refresh_token", &refresh), ("access_token", &access), ("id_token", &id)] {
            self.give(kind, &login.client, value);
        }
        let mut answer = json!({
            "access_token": access, "expires_in": 300, "refresh_expires_in": 1800, "refresh_token": refresh,
            "token_type": faults.proofs.map_or("Bearer", |proofs| proofs.token_type), "id_token": id, "not-before-policy": 0, "session_state": "s-1",
            "scope": "openid profile email",
        });
        if let Some(change) = &faults.token_answer {
            change(&mut answer);
        }
        answer
    }
}
