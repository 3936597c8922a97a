//! What the tabs of one origin share: the tokens of the session, or how the session ended.

use super::encoding::{parse_form, push_form};
use super::secret::{AccessToken, IdToken, RefreshToken};
use super::session::Now;
use super::text::decimal;
use super::token::TokenAnswer;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Logged out in this tab.
    LoggedOut,
    /// Logged out in another tab, or wiped by the browser.
    LoggedOutElsewhere,
    /// The account was disabled.
    AccountDisabled,
    /// Keycloak ended it: an administrator, a log-out in another application, a changed policy.
    EndedByKeycloak,
    /// Nobody used it for as long as the realm allows, or it reached its maximum age.
    Expired,
    /// Another user signed in, in another tab.
    Replaced,
}

impl EndReason {
    const ALL: [EndReason; 6] = [
        EndReason::LoggedOut,
        EndReason::LoggedOutElsewhere,
        EndReason::AccountDisabled,
        EndReason::EndedByKeycloak,
        EndReason::Expired,
        EndReason::Replaced,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::LoggedOut => "logged_out",
            EndReason::LoggedOutElsewhere => "logged_out_elsewhere",
            EndReason::AccountDisabled => "account_disabled",
            EndReason::EndedByKeycloak => "ended_by_keycloak",
            EndReason::Expired => "expired",
            EndReason::Replaced => "replaced",
        }
    }
}

/// The tokens of a session and what is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For the API.
    pub access: AccessToken,
    /// For the next refresh; without one the session lasts as long as the access token.
    pub refresh: Option<RefreshToken>,
    /// The last ID token, as hint for the log-out.
    pub id: IdToken,
    /// `sub` of the verified ID token.
    pub subject: String,
    /// `nonce` of the login, which a refreshed ID token may repeat.
    pub nonce: String,
    /// `auth_time`, if known, s.
    pub auth_time: Option<i64>,
    /// When the access token expires, ms by this computer's clock.
    pub expires_at: i64,
    /// How long the access token lives in all, ms.
    pub lifetime: i64,
    /// When the refresh token expires, ms by this computer's clock.
    pub refresh_expires_at: Option<i64>,
}

impl Tokens {
    /// Of a token answer that came at `received`; what only the ID token says is still empty.
    pub fn of(answer: &TokenAnswer, received: Now) -> Self {
        let in_seconds = |seconds: i64| received.wall.saturating_add(seconds.saturating_mul(1000));
        Tokens {
            access: answer.access.clone(),
            refresh: answer.refresh.clone(),
            id: answer.id.clone().unwrap_or_else(|| IdToken::new("")),
            subject: String::new(),
            nonce: String::new(),
            auth_time: None,
            expires_at: in_seconds(answer.expires_in),
            lifetime: answer.expires_in * 1000,
            refresh_expires_at: answer.refresh_expires_in.map(in_seconds),
        }
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

/// Written first, so that a later version's record is not misread.
const VERSION: &str = "1";

impl Record {
    /// A session, for the store.
    pub fn to_text(tokens: &Tokens) -> String {
        let mut out = String::new();
        let mut put = |name: &str, value: &str| push_form(&mut out, name, value);
        put("version", VERSION);
        put("access", tokens.access.expose());
        if let Some(refresh) = &tokens.refresh {
            put("refresh", refresh.expose());
        }
        put("id", tokens.id.expose());
        put("subject", &tokens.subject);
        put("nonce", &tokens.nonce);
        for (name, number) in [
            ("auth_time", tokens.auth_time),
            ("expires_at", Some(tokens.expires_at)),
            ("lifetime", Some(tokens.lifetime)),
            ("refresh_expires_at", tokens.refresh_expires_at),
        ] {
            if let Some(number) = number {
                put(name, &decimal(number));
            }
        }
        out
    }

    /// The end of a session, for the store.
    pub fn ended_text(reason: EndReason) -> String {
        let mut out = String::new();
        push_form(&mut out, "version", VERSION);
        push_form(&mut out, "ended", reason.name());
        out
    }

    /// From the store; `None` for everything that this version did not write.
    pub fn from_text(text: &str) -> Option<Self> {
        let fields = parse_form(text)?;
        let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if get("version") != Some(VERSION) {
            return None;
        }
        if let Some(name) = get("ended") {
            return EndReason::ALL.iter().find(|reason| reason.name() == name).map(|reason| Record::Ended(*reason));
        }
        // A number that is there but unreadable spoils the record; one that is absent does not.
        let number = |name: &str| match get(name) {
            None => Some(None),
            Some(text) => super::text::number(text).map(Some),
        };
        Some(Record::Live(Tokens {
            access: AccessToken::new(get("access")?),
            refresh: get("refresh").map(RefreshToken::new),
            id: IdToken::new(get("id")?),
            subject: get("subject")?.to_owned(),
            nonce: get("nonce")?.to_owned(),
            auth_time: number("auth_time")?,
            expires_at: number("expires_at")??,
            lifetime: number("lifetime")??.clamp(1000, 86_400_000),
            refresh_expires_at: number("refresh_expires_at")?,
        }))
    }
}
