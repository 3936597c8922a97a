//! An OpenID provider shaped like Keycloak: two realms, keys of their own, PKCE checked, refresh tokens rotated and
//! a reused one punished. Whoever comes is signed in at once. It counts what it is asked, and everything it does
//! can be made to go wrong ([`Faults`]).

mod endpoints;
mod faults;
mod grants;
mod proofs;
pub mod tokens;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use otrs_auth_tools::server;

pub use faults::{Fault, Faults};
use grants::Grants;
pub use proofs::Demand;
use proofs::Proofs;

/// Parameters in their order, each as often as it came.
pub type Pairs = Vec<(String, String)>;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Discovery,
    Keys,
    Authorization,
    Token,
    EndSession,
    /// An API that takes this provider's tokens.
    Api,
    /// Something that the package has no business with.
    Other,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Seen {
    pub realm: String,
    pub endpoint: Endpoint,
    pub parameters: Pairs,
    pub referer: Option<String>,
    pub cookie: Option<String>,
    /// The provider's own address, as it was asked for: it goes by several names.
    pub base: String,
    pub method: String,
    pub path: String,
    /// What stands in `Authorization`.
    pub authorization: String,
    /// What stands in `DPoP`, as often as it came.
    pub proofs: Vec<String>,
    /// Everything, for what must not be there.
    pub raw: String,
}

impl Seen {
    /// The first parameter of this name.
    pub fn get(&self, name: &str) -> &str {
        self.parameters.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    faults: Faults,
    grants: Grants,
    proofs: Proofs,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running provider.
pub struct Provider {
    /// Its address, as `authority` takes it.
    pub base: String,
    shared: Shared,
    _server: server::Running,
}

impl Provider {
    /// Starts one on a port of its own.
    pub fn start() -> Result<Self> {
        let shared = Shared::default();
        let server = server::serve(([127, 0, 0, 1], 0).into(), endpoints::router(shared.clone()))?;
        let base = server.base_url.clone();
        Ok(Self { base, shared, _server: server })
    }

    /// Sets the switches; what was set before is off.
    pub fn be(&self, change: impl FnOnce(&mut Faults)) {
        let mut faults = Faults::default();
        change(&mut faults);
        self.shared.lock().faults = faults;
    }

    /// All switches off.
    pub fn be_honest(&self) {
        self.be(|_| ());
    }

    /// The requests of a client so far; of nobody's, where the request names none.
    pub fn seen(&self, client: &str, endpoint: Endpoint) -> Vec<Seen> {
        let state = self.shared.lock();
        let own = state.seen.iter().filter(|seen| seen.endpoint == endpoint && seen.get("client_id") == client);
        own.cloned().collect()
    }

    /// How many of them.
    pub fn count(&self, client: &str, endpoint: Endpoint) -> usize {
        self.seen(client, endpoint).len()
    }

    /// All requests, of all clients.
    pub fn all(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }

    /// Everything secret that was given out or received.
    pub fn secrets(&self, client: &str) -> Vec<(String, String)> {
        let state = self.shared.lock();
        let mut all = state.grants.secrets(client);
        for seen in state.seen.iter().filter(|seen| seen.get("client_id") == client) {
            for name in ["code_verifier", "state", "nonce"] {
                let value = seen.get(name);
                if !value.is_empty() && !all.iter().any(|(_, own)| own == value) {
                    all.push((name.into(), value.into()));
                }
            }
        }
        all
    }

    /// A code that this client would get now, for somebody who logs in elsewhere with this challenge.
    pub fn code_for(&self, realm: &str, client: &str, redirect_uri: &str, challenge: &str, nonce: &str) -> String {
        let request: Pairs = [
            ("client_id", client),
            ("redirect_uri", redirect_uri),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("nonce", nonce),
        ]
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .to_vec();
        self.shared.lock().grants.code(realm, request)
    }

    /// Ends every session: the next refresh is refused.
    pub fn end_sessions(&self) {
        self.shared.lock().grants.end();
    }
}
