//! What this browser remembers of a login or log-out while it is away at Keycloak.

use super::Config;
use super::encoding::{base64url, parse_form, push_form};
use super::pkce::CodeVerifier;
use super::text::decimal;

/// Marks a `state` as ours, so that the loader takes only our answers out of the address bar.
pub const STATE_PREFIX: &str = "otrs-auth.";

/// How long an answer is waited for. Keycloak's login form lives 30 minutes and may be followed by
/// a required action; peers that forget earlier lose people who took a phone call.
const LIFETIME_MS: i64 = 2 * 60 * 60 * 1000;

/// What the states of a namespace that were made at `created` (ms) begin with; sorted, they are in the order
/// of time.
fn states_of(tag: &str, created: i64) -> String {
    [STATE_PREFIX, tag, ".", &decimal(created)].concat()
}

/// The least and the greatest name of the attempts that have expired at `now` (ms).
pub fn expired_states(tag: &str, now: i64) -> [String; 2] {
    [states_of(tag, 0), states_of(tag, now.saturating_sub(LIFETIME_MS))]
}

/// Random bytes for one attempt: verifier, state and nonce, 256 bits each (C-11, C-12, C-13).
#[derive(Clone)]
pub struct Entropy(pub [u8; 96]);

impl Entropy {
    fn part(&self, index: usize) -> [u8; 32] {
        let mut part = [0; 32];
        for (to, from) in part.iter_mut().zip(self.0.iter().skip(index * 32)) {
            *to = *from;
        }
        part
    }

    /// The code verifier of this attempt.
    pub fn verifier(&self) -> CodeVerifier {
        CodeVerifier::from_entropy(&self.part(0))
    }

    /// The `state`: prefix, namespace, time, secret. Nothing of the front end's is in it (C-12). By the time
    /// old attempts are found in the store without being opened.
    pub fn state(&self, tag: &str, created: i64) -> String {
        [&states_of(tag, created), ".", &base64url(&self.part(1))].concat()
    }

    /// The `nonce`.
    pub fn nonce(&self) -> String {
        base64url(&self.part(2))
    }
}

/// What is expected to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code, for this verifier and nonce.
    Login {
        /// Proves that the code was asked for here.
        verifier: CodeVerifier,
        /// Binds the ID token to this attempt.
        nonce: String,
        /// Whether Keycloak was asked not to show anything (`prompt=none`).
        silent: bool,
    },
    /// The user, after the end of the session.
    Logout {
        /// Whether to go on to the login form.
        switch_user: bool,
    },
}

/// One attempt, stored under its `state` and taken out once (C-14, C-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Login or log-out.
    pub purpose: Purpose,
    /// Issuer asked.
    pub issuer: String,
    /// Client that asked.
    pub client_id: String,
    /// The redirect URI of the authorization request; the token request repeats it (RFC 6749 section 4.1.3).
    pub redirect_uri: String,
    /// Where the user wanted to go.
    pub return_to: String,
    /// When it began, ms since 1970 by this computer.
    pub created: i64,
}

impl Attempt {
    /// A new attempt of this client.
    pub fn new(config: &Config, purpose: Purpose, return_to: String, created: i64) -> Box<Self> {
        Box::new(Attempt {
            purpose,
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            redirect_uri: config.redirect_uri.clone(),
            return_to,
            created,
        })
    }

    /// Whether its answer may still be taken at `now` (ms). A clock that was set back makes it expired
    /// too, or it would live for ever.
    pub fn is_fresh(&self, now: i64) -> bool {
        now.checked_sub(self.created).is_some_and(|age| (-60_000..=LIFETIME_MS).contains(&age))
    }

    /// For the store.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let mut put = |name: &str, value: &str| push_form(&mut out, name, value);
        put("version", "1");
        match &self.purpose {
            Purpose::Login { verifier, nonce, silent } => {
                put("verifier", verifier.expose());
                put("nonce", nonce);
                put("silent", flag(*silent));
            }
            Purpose::Logout { switch_user } => put("switch_user", flag(*switch_user)),
        }
        put("issuer", &self.issuer);
        put("client_id", &self.client_id);
        put("redirect_uri", &self.redirect_uri);
        put("return_to", &self.return_to);
        put("created", &decimal(self.created));
        out
    }

    /// From the store; `None` for everything that this version did not write.
    pub fn from_text(text: &str) -> Option<Box<Self>> {
        let fields = parse_form(text)?;
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if get("version") != Some("1") {
            return None;
        }
        let purpose = match get("verifier") {
            Some(verifier) => Purpose::Login {
                verifier: CodeVerifier::restore(verifier.to_owned())?,
                nonce: get("nonce")?.to_owned(),
                silent: get("silent")? == flag(true),
            },
            None => Purpose::Logout { switch_user: get("switch_user")? == flag(true) },
        };
        Some(Box::new(Attempt {
            purpose,
            issuer: get("issuer")?.to_owned(),
            client_id: get("client_id")?.to_owned(),
            redirect_uri: get("redirect_uri")?.to_owned(),
            return_to: get("return_to")?.to_owned(),
            created: super::text::number(get("created")?)?,
        }))
    }
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}
