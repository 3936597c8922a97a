//! What goes wrong on purpose. Every fault is a switch; all off is an honest provider.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::tokens::{Key, Token};
use super::{Demand, Endpoint, Pairs};

/// Changes something on its way out.
pub type Change<T> = Option<Arc<dyn Fn(&mut T) + Send + Sync>>;

/// The switches.
#[derive(Clone, Default)]
pub struct Faults {
    /// Another answer than the right one.
    pub answers: HashMap<Endpoint, Fault>,
    /// Changes the ID token before it is signed.
    pub id_token: Change<Token>,
    /// Changes the access token before it is signed; `at_hash` fits what comes out.
    pub access_token: Change<Token>,
    /// Changes the token answer.
    pub token_answer: Change<Value>,
    /// Changes the discovery document.
    pub discovery: Change<Value>,
    /// Changes the parameters of the answer in the address bar.
    pub callback: Change<Pairs>,
    /// Answers by the query, whatever was asked.
    pub query: bool,
    /// The keys that are published, instead of the realm's own.
    pub keys: Option<Vec<Value>>,
    /// What the realm signs with.
    pub key: Option<Key>,
    /// Tokens are made, and their answer cannot be read.
    pub lose: bool,
    /// Nobody is signed in at the provider: `prompt=none` gets `login_required`, everybody else a form.
    pub nobody: bool,
    /// Proofs of possession are demanded, and tokens bound to their keys.
    pub proofs: Option<Demand>,
    /// Those that the API demands.
    pub api_proofs: Demand,
    /// The login form says this error instead.
    pub error: Option<&'static str>,
}

/// An answer of another kind.
#[derive(Clone)]
pub enum Fault {
    /// This one.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// This status, without the headers that let the page read it.
    Hidden(u16),
    /// 200 and JSON that does not end.
    Endless,
    /// An answer that comes after so many milliseconds, and says nothing.
    Slow(u64),
    /// No answer at all.
    Silence,
    /// Headers, and then nothing.
    HangInBody,
    /// The connection breaks after the headers and the first bytes.
    Broken,
}

impl Fault {
    /// JSON with a 200.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, "application/json", body)
    }

    /// Any answer.
    pub fn status(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_string())];
        Fault::Answer { status, headers, body: body.into() }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Fault::Answer { status, headers: vec![("location", to.to_string())], body: Vec::new() }
    }
}
