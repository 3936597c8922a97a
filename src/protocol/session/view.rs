//! What the front end sees of a session.

use super::{Phase, Session};
use crate::protocol::AuthError;
use crate::protocol::callback::Action;
use crate::protocol::profile::Profile;
use crate::protocol::record::EndReason;

/// What the front end sees of the phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status<'a> {
    /// Nobody is signed in.
    SignedOut,
    /// Under way.
    SigningIn,
    /// May enter.
    SignedIn(&'a Profile),
    /// May not enter.
    NoAccess(&'a Profile, &'a AuthError),
    /// Over.
    Ended(EndReason),
}

impl Session {
    /// Whether the browser is about to leave the page.
    pub fn is_leaving(&self) -> bool {
        self.departure.is_some()
    }

    /// Where the session stands, for the front end.
    pub fn status(&self) -> Status<'_> {
        let leaving_to_login = self.departure.as_ref().is_some_and(|departure| departure.is_login());
        match &self.phase {
            Phase::SignedIn(live) => match &live.profile.problem {
                None => Status::SignedIn(&live.profile),
                Some(problem) => Status::NoAccess(&live.profile, problem),
            },
            Phase::Restoring(..) | Phase::Answering(_) => Status::SigningIn,
            _ if leaving_to_login => Status::SigningIn,
            Phase::SignedOut => Status::SignedOut,
            Phase::Ended(reason) => Status::Ended(*reason),
        }
    }

    /// Who is signed in, with access or without.
    pub fn profile(&self) -> Option<&Profile> {
        match &self.phase {
            Phase::SignedIn(live) => Some(&live.profile),
            _ => None,
        }
    }

    /// When the access token expires, ms by this computer's clock.
    pub fn expires_at(&self) -> Option<i64> {
        match &self.phase {
            Phase::SignedIn(live) => Some(live.tokens.expires_at()),
            _ => None,
        }
    }

    /// When the session ends unless it is used, ms by this computer's clock.
    pub fn ends_at(&self) -> Option<i64> {
        match &self.phase {
            Phase::SignedIn(live) => live.ends_at(self.used),
            _ => None,
        }
    }

    /// The scopes that were granted; what was asked for if the answer did not say (RFC 6749 section 5.1).
    pub fn scope(&self) -> Option<&str> {
        match &self.phase {
            Phase::SignedIn(live) => Some(live.tokens.get("scope").unwrap_or(&self.config.scope)),
            _ => None,
        }
    }

    /// How the required action ended that the last login of this tab was for.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether Keycloak could be reached when it was last asked.
    pub fn connected(&self) -> bool {
        self.connected
    }
}
