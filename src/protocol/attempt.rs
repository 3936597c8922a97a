//! What this browser remembers of a login or log-out while it is away at Keycloak.

use super::Config;
use super::encoding::{base64url, sha256};
use super::fields::Fields;
use super::number::minus;
use super::pkce::CodeVerifier;
use super::text::{cut, decimal, number};

/// Marks a `state` as ours, so that the loader takes only our answers out of the address bar.
pub const STATE_PREFIX: &str = "otrs-auth.";

/// Written first, so that a later version's attempt is not misread.
const VERSION: &str = "1";

/// How long an answer is waited for. Keycloak's login form lives 30 minutes and may be followed by
/// a required action; peers that forget earlier lose people who took a phone call.
const LIFETIME_MS: i64 = 2 * 60 * 60 * 1000;

/// What the states of a namespace that were made at `created` (ms) begin with; sorted, they are in the order
/// of time.
fn states_of(tag: &str, created: i64) -> String {
    [STATE_PREFIX, tag, ".", &decimal(created)].concat()
}

/// Whether a text is the name of an attempt in this namespace. Nothing else may be: the store keeps other things
/// under names of ours, too.
pub fn is_state(tag: &str, state: &str) -> bool {
    let start = [STATE_PREFIX, tag, "."].concat();
    let (created, secret) = cut(state.strip_prefix(&*start).unwrap_or_default(), b'.');
    number(created).is_some() && secret.is_some_and(|secret| secret.len() == 43)
}

/// The least and the greatest name of the attempts that have expired at `now` (ms).
pub fn expired_states(tag: &str, now: i64) -> [String; 2] {
    [states_of(tag, 0), states_of(tag, minus(now, LIFETIME_MS))]
}

/// Random bytes for one attempt: verifier, state and nonce, 256 bits each (C-11, C-12, C-13).
#[derive(Clone)]
pub struct Entropy(pub [u8; 96]);

impl Entropy {
    fn part(&self, index: usize) -> [u8; 32] {
        self.0.as_chunks().0.get(index).copied().unwrap_or_default()
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

    /// The code verifier of a look at Keycloak whose answer is not used.
    pub fn look(&self) -> CodeVerifier {
        CodeVerifier::from_entropy(&sha256(&self.part(0)))
    }

    /// Other bytes, for another attempt.
    #[cfg(feature = "full")]
    pub fn next(&self) -> Self {
        let mut other = self.clone();
        for (index, part) in (0..).zip(other.0.as_chunks_mut().0) {
            *part = sha256(&[&self.0[..], &[index]].concat());
        }
        other
    }

    /// The `nonce`.
    pub fn nonce(&self) -> String {
        base64url(&self.part(2))
    }
}

/// One login or log-out, stored under its `state` and taken out once (C-14, C-20).
///
/// | field | |
/// |---|---|
/// | `issuer`, `client_id` | who was asked, and who asked |
/// | `redirect_uri` | of the request; the token request repeats it (RFC 6749 section 4.1.3) |
/// | `return_to` | where the user wanted to go |
/// | `created` | when it began, ms since 1970 by this computer |
/// | `verifier`, `nonce` | of a login: prove that the code was asked for here, bind the ID token to it |
/// | `silent` | of a login: Keycloak was asked not to show anything |
/// | `acr`, `max_age` | of a login: what the ID token has to say of the authentication; empty if nothing |
/// | `demands` | of a login: it is for more than a session |
/// | `switch_user` | of a log-out: go on to the login form |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt(Fields);

impl Attempt {
    /// A new attempt of this client.
    pub fn new(config: &Config, return_to: &str, created: i64) -> Self {
        let mut fields = Fields::default();
        fields.put("version", VERSION);
        fields.put("issuer", &config.issuer);
        fields.put("client_id", &config.client_id);
        fields.put("redirect_uri", &config.redirect_uri);
        fields.put("return_to", return_to);
        fields.put("created", &decimal(created));
        Attempt(fields)
    }

    /// The same, with another field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.put(name, value);
        self
    }

    /// A field; empty if it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.text(name)
    }

    /// A field that is a number, if it is there.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.number(name)
    }

    /// Whether a field is set to yes.
    pub fn is(&self, name: &str) -> bool {
        self.0.flag(name)
    }

    /// The code verifier; `None` of a log-out.
    pub fn verifier(&self) -> Option<CodeVerifier> {
        CodeVerifier::restore(self.get("verifier").to_owned())
    }

    /// When it began, ms.
    pub fn created(&self) -> i64 {
        self.0.number("created").unwrap_or_default()
    }

    /// Whether its answer may still be taken at `now` (ms). A clock that was set back makes it expired
    /// too, or it would live for ever.
    pub fn is_fresh(&self, now: i64) -> bool {
        now.checked_sub(self.created()).is_some_and(|age| (-60_000..=LIFETIME_MS).contains(&age))
    }

    /// For the store.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// From the store; `None` for everything that this version did not write.
    pub fn from_text(text: &str) -> Option<Self> {
        let attempt = Attempt(Fields::parse(text)?);
        let login = attempt.verifier().is_some() && !attempt.get("nonce").is_empty();
        let logout = attempt.0.get("verifier").is_none() && attempt.0.get("nonce").is_none();
        let whole = attempt.get("version") == VERSION && attempt.0.number("created").is_some();
        (whole && (login || logout)).then_some(attempt)
    }
}
