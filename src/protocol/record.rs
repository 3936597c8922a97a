//! What the tabs of one origin share: the tokens of the session, or how the session ended.

use super::fields::Fields;
use super::number::{minus, plus};
use super::secret::AccessToken;
use super::text::decimal;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Logged out in this tab.
    LoggedOut,
    /// Logged out in another tab, or wiped by the browser.
    LoggedOutElsewhere,
    /// The account was disabled.
    AccountDisabled,
    /// Keycloak ended it: an administrator, a log-out in another application, a changed policy, a deleted account.
    EndedByKeycloak,
    /// An administrator declared all tokens of before invalid (not-before).
    Revoked,
    /// A refresh token was used twice: somebody else may have it.
    ReuseDetected,
    /// Nobody used it for as long as the realm allows.
    Idle,
    /// It reached the maximum age that the realm allows.
    MaxAge,
    /// The access token is over and there is no refresh token.
    Expired,
    /// Another user signed in, in another tab.
    Replaced,
}

impl EndReason {
    const ALL: [EndReason; 10] = [
        EndReason::LoggedOut,
        EndReason::LoggedOutElsewhere,
        EndReason::AccountDisabled,
        EndReason::EndedByKeycloak,
        EndReason::Revoked,
        EndReason::ReuseDetected,
        EndReason::Idle,
        EndReason::MaxAge,
        EndReason::Expired,
        EndReason::Replaced,
    ];

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        EndReason::ALL.iter().find(|reason| reason.name() == name).copied()
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::LoggedOut => "logged_out",
            EndReason::LoggedOutElsewhere => "logged_out_elsewhere",
            EndReason::AccountDisabled => "account_disabled",
            EndReason::EndedByKeycloak => "ended_by_keycloak",
            EndReason::Revoked => "revoked",
            EndReason::ReuseDetected => "reuse_detected",
            EndReason::Idle => "idle",
            EndReason::MaxAge => "max_age",
            EndReason::Expired => "expired",
            EndReason::Replaced => "replaced",
        }
    }
}

/// The tokens of a session and what is known of them.
///
/// | field | |
/// |---|---|
/// | `access_token`, `token_type` | for the API |
/// | `refresh_token` | for the next refresh; without one the session lasts as long as the access token |
/// | `id_token` | the last one, as hint for the log-out |
/// | `sub` | of the verified ID token |
/// | `nonce` | of the login; a refreshed ID token may repeat it |
/// | `auth_time` | s, if known |
/// | `scope` | what was granted, if the answer said so (RFC 6749 section 5.1) |
/// | `expires_at`, `lifetime` | when the access token expires by this computer's clock, and how long it lives in all, ms |
/// | `refresh_expires_at` | the same of the refresh token, if known: when an unused session ends |
/// | `idle` | how long the realm lets a session be unused, ms, if known |
/// | `capped` | whether a refresh did not put that off any more, because the session reaches its maximum age |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens(Fields);

/// Written first, so that a later version's record is not misread.
const VERSION: &str = "1";

impl Tokens {
    /// None yet.
    pub fn none() -> Self {
        let mut fields = Fields::default();
        fields.put("version", VERSION);
        Tokens(fields)
    }

    /// A field, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// A field; empty if it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.0.text(name)
    }

    /// A field that is a number, if it is there.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.number(name)
    }

    /// Sets a field.
    pub fn put(&mut self, name: &str, value: &str) {
        self.0.put(name, value);
    }

    /// Sets a field, unless there is nothing to set.
    pub fn put_some(&mut self, name: &str, value: Option<&str>) {
        self.0.put_some(name, value);
    }

    /// Sets a field that is a number.
    pub fn put_number(&mut self, name: &str, number: i64) {
        self.0.put(name, &decimal(number));
    }

    /// Makes a field the same as theirs, or absent like theirs.
    pub fn copy(&mut self, theirs: &Tokens, name: &str) {
        self.0.remove(name);
        self.0.put_some(name, theirs.get(name));
    }

    /// What these lack and those before had: no new refresh token means that the old one stays (RFC 6749 section 6,
    /// C-71), and a refresh may come without an ID token (OpenID Connect Core section 12.2).
    pub fn keep(&mut self, before: &Tokens) {
        for name in &["refresh_token", "id_token", "sub", "nonce", "auth_time", "scope"] {
            if self.get(name).is_none() {
                self.copy(before, name);
            }
        }
    }

    /// For the API.
    pub fn access(&self) -> AccessToken {
        AccessToken::new(self.text("access_token"))
    }

    /// Whether both have this text in a field.
    pub fn same(&self, other: &Tokens, name: &str) -> bool {
        self.get(name) == other.get(name)
    }

    /// When the access token expires, ms by this computer's clock.
    pub fn expires_at(&self) -> i64 {
        self.number("expires_at").unwrap_or_default()
    }

    /// How long the access token lives in all, ms.
    pub fn lifetime(&self) -> i64 {
        self.number("lifetime").unwrap_or_default().clamp(1000, 86_400_000)
    }

    /// When the access token was issued, ms by this computer's clock.
    pub fn issued_at(&self) -> i64 {
        minus(self.expires_at(), self.lifetime())
    }

    /// Notes whether the session's end came no later by the refresh that these tokens are of, because the session
    /// reaches its maximum age; then less time is left than it may be unused. Keycloak counts in whole seconds.
    pub fn compare_ends(&mut self, before: &Tokens) {
        let end = |tokens: &Tokens| tokens.number("refresh_expires_at");
        if let (Some(now), Some(then)) = (end(self), end(before))
            && plus(minus(now, then), 1_000) < minus(self.issued_at(), before.issued_at())
        {
            self.put("capped", "1");
        }
        if self.number("idle").is_some_and(|idle| before.number("idle").is_some_and(|other| idle < other)) {
            self.copy(before, "idle");
        }
    }

    /// For the store.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }
}

/// The stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A session.
    Live(Tokens),
    /// The end of one, for the tabs that have not heard of it yet.
    Ended(EndReason),
}

impl Record {
    /// The end of a session, for the store.
    pub fn ended_text(reason: EndReason) -> String {
        let mut fields = Fields::default();
        fields.put("version", VERSION);
        fields.put("ended", reason.name());
        fields.to_text()
    }

    /// What a record says openly: whose login it is. A refresh takes the place of a record of the same login only.
    pub fn mark(text: &str) -> String {
        let fields = Fields::parse(text).unwrap_or_default();
        [fields.text("sub"), ".", fields.text("auth_time")].concat()
    }

    /// From the store; `None` for everything that this version did not write.
    pub fn from_text(text: &str) -> Option<Self> {
        let fields = Fields::parse(text)?;
        if fields.get("version") != Some(VERSION) {
            return None;
        }
        if let Some(name) = fields.get("ended") {
            return EndReason::named(name).map(Record::Ended);
        }
        for name in &["access_token", "id_token", "sub", "nonce", "expires_at", "lifetime"] {
            fields.get(name)?;
        }
        // A number that is there but unreadable spoils the record; one that is absent does not.
        for name in &["expires_at", "lifetime", "auth_time", "refresh_expires_at", "idle"] {
            if fields.get(name).is_some() {
                fields.number(name)?;
            }
        }
        Some(Record::Live(Tokens(fields)))
    }
}
