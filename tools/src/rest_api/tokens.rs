//! Checking an access token as a server has to: by the realm's keys, for this client, not expired.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use crate::admin::{names, text};
use crate::http::Client;
use crate::realms::{APP, REALMS};

/// Keys are not asked for more often than this, whatever tokens name.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// Seconds that clocks may differ.
const LEEWAY: i64 = 10;

/// The caller, as the token names them.
pub struct Caller {
    /// The realm that issued the token.
    pub realm: &'static str,
    /// `preferred_username`
    pub login: String,
    /// Client roles of the front end's client.
    pub roles: Vec<String>,
    /// `customerid`
    pub customerid: Option<String>,
    /// `exp`
    pub expires: i64,
}

/// Why nobody is let in.
pub enum Refused {
    /// The token is no good.
    Token(&'static str),
    /// Keycloak does not answer: this says nothing about the token, and must not end a session.
    Unreachable,
}

impl From<&'static str> for Refused {
    fn from(reason: &'static str) -> Self {
        Self::Token(reason)
    }
}

/// Checks tokens of both realms.
pub struct Verifier {
    authority: String,
    remote_check: bool,
    client: Client,
    keys: Mutex<HashMap<&'static str, (Instant, Value)>>,
}

impl Verifier {
    /// For tokens of the Keycloak at this URL. `remote_check` asks it at every request.
    pub fn new(authority: &str, remote_check: bool) -> Self {
        let authority = authority.trim_end_matches('/').to_string();
        Self { authority, remote_check, client: Client::new(Duration::from_secs(5)), keys: Mutex::default() }
    }

    /// The caller, or why the token is refused.
    pub fn verify(&self, token: &str, remote: bool) -> Result<Caller, Refused> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { return Err("The token is no JWT.".into()) };
        let header: Value = json(header).ok_or("The token's header cannot be read.")?;
        let claims: Value = json(payload).ok_or("The token's claims cannot be read.")?;
        let realm = REALMS.iter().find(|realm| text(&claims, "iss") == self.issuer(realm.name));
        let realm = realm.ok_or("The token comes from another issuer.")?.name;
        if text(&header, "alg") != "RS256" {
            return Err("The token is signed with another algorithm.".into());
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "The token's signature cannot be read.")?;
        let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
        if !self.is_signed(realm, text(&header, "kid"), signed.as_bytes(), &signature)? {
            return Err("The token's signature is wrong.".into());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        let time = |name: &str| claims[name].as_i64();
        if time("exp").is_none_or(|exp| exp + LEEWAY < now) || time("nbf").is_some_and(|nbf| nbf > now + LEEWAY) {
            return Err("The token has expired.".into());
        }
        if text(&claims, "typ") != "Bearer" || text(&claims, "azp") != APP {
            return Err("The token is not an access token of this front end.".into());
        }
        if (self.remote_check || remote) && !self.is_known(realm, token)? {
            return Err("Keycloak does not know this session any more.".into());
        }
        Ok(Caller {
            realm,
            login: text(&claims, "preferred_username").to_string(),
            roles: claims["resource_access"][APP]["roles"]
                .as_array()
                .map(|roles| roles.iter().filter_map(Value::as_str).map(String::from).collect())
                .unwrap_or_default(),
            customerid: claims["customerid"].as_str().map(String::from),
            expires: time("exp").unwrap_or_default(),
        })
    }

    fn issuer(&self, realm: &str) -> String {
        format!("{}/realms/{realm}", self.authority)
    }

    fn is_known(&self, realm: &str, token: &str) -> Result<bool, Refused> {
        let url = format!("{}/protocol/openid-connect/userinfo", self.issuer(realm));
        let bearer = format!("Bearer {token}");
        let answer = self.client.send("GET", &url, &[("authorization", &bearer)], "");
        match answer.map(|answer| answer.status) {
            Ok(200) => Ok(true),
            Ok(401 | 403) => Ok(false),
            _ => Err(Refused::Unreachable),
        }
    }

    fn is_signed(&self, realm: &'static str, kid: &str, signed: &[u8], signature: &[u8]) -> Result<bool, Refused> {
        let Some(key) = self.key(realm, kid)? else { return Ok(false) };
        let part = |name: &str| URL_SAFE_NO_PAD.decode(text(&key, name)).unwrap_or_default();
        let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        Ok(key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok())
    }

    /// The key of this name; an unknown name has the keys asked for once more, but not in a storm.
    fn key(&self, realm: &'static str, kid: &str) -> Result<Option<Value>, Refused> {
        let mut kept = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |set: &Value| {
            let keys = set["keys"].as_array()?;
            keys.iter().find(|key| text(key, "kid") == kid && text(key, "use") == "sig").cloned()
        };
        if let Some((since, set)) = kept.get(realm) {
            if let Some(key) = find(set) {
                return Ok(Some(key));
            }
            if since.elapsed() < COOL_DOWN {
                return Ok(None);
            }
        }
        let answer = self.client.get(&format!("{}/protocol/openid-connect/certs", self.issuer(realm)));
        let set = answer.map_err(|_| Refused::Unreachable)?.json();
        if names(&set["keys"], "kid").is_empty() {
            return Err(Refused::Unreachable);
        }
        let key = find(&set);
        kept.insert(realm, (Instant::now(), set));
        Ok(key)
    }
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
