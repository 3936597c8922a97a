//! The tokens of a running session, and when which of them needs attention.

use super::{Flow, Now, Reply, Waiter};
use crate::protocol::number::{minus, plus};
use crate::protocol::profile::Profile;
use crate::protocol::record::{EndReason, Tokens};
use crate::protocol::secret::AccessToken;
use crate::protocol::{AuthError, Config};

/// First pause after a failed refresh, ms; doubles up to the last.
const FIRST_PAUSE: i64 = 1_000;
const LAST_PAUSE: i64 = 8_000;

/// How long before its end an unused session tells the page, ms; of a short one the last third.
const WARNING: i64 = 60_000;

/// A time that does not come.
pub const NEVER: i64 = i64::MAX;

/// A session with somebody signed in.
pub struct Live {
    /// The tokens.
    pub tokens: Tokens,
    /// What they say about the user.
    pub profile: Profile,
    /// When the access token expires, on this page's monotonic clock.
    pub deadline: i64,
    /// When the refresh token is over, on the same clock; [`NEVER`] if that is not known.
    refresh_over: i64,
    /// When the tokens came to this page, on the monotonic clock.
    pub obtained: i64,
    /// Whether the user or the front end did anything since then.
    pub active: bool,
    /// The flow of the refresh under way.
    pub refreshing: Option<Flow>,
    /// That refresh waits for its turn: what another tab gets meanwhile will do as well.
    pub in_line: bool,
    /// Promises that wait for it, and whether the token they have will not do.
    pub waiters: Vec<(Waiter, bool)>,
    /// The last failure, and when it may be tried again.
    pub setback: Option<Setback>,
}

/// A refresh that failed for a reason that may pass.
pub struct Setback {
    /// What to tell callers meanwhile.
    pub error: AuthError,
    /// Monotonic ms.
    pub retry_at: i64,
    /// The pause that led there.
    pub pause: i64,
}

impl Setback {
    /// The next failure after `before`. Half of the pause is spread by `chance`, so that many tabs do
    /// not come back in step (C-75).
    pub fn after(before: Option<&Setback>, error: AuthError, now: Now) -> Self {
        let pause = before.map_or(FIRST_PAUSE, |setback| (setback.pause * 2).min(LAST_PAUSE));
        // The low digits of the clock differ between tabs well enough for spreading, and for nothing else.
        let chance = (now.monotonic ^ now.wall).rem_euclid(512);
        Setback { error, retry_at: now.monotonic + pause / 2 + pause * chance / 1024, pause }
    }
}

impl Live {
    /// A session of these tokens. Fails when the access token cannot be read.
    pub fn new(tokens: Tokens, config: &Config, now: Now) -> Result<Box<Self>, AuthError> {
        let profile = Profile::read(tokens.text("access_token"), tokens.text("sub"), config)?;
        // A clock that was set back cannot make a stored token live longer than it ever did.
        let remaining = minus(tokens.expires_at(), now.wall).clamp(0, tokens.lifetime());
        let refresh_over = match tokens.number("refresh_expires_at") {
            Some(at) => plus(now.monotonic, minus(at, now.wall)),
            None => NEVER,
        };
        Ok(Box::new(Live {
            refresh_over,
            deadline: now.monotonic + remaining,
            obtained: now.monotonic - (tokens.lifetime() - remaining),
            tokens,
            profile,
            active: false,
            refreshing: None,
            in_line: false,
            waiters: Vec::new(),
            setback: None,
        }))
    }

    /// How long the access token is still valid, ms; both clocks have to agree, because the monotonic
    /// one may stand still while the computer sleeps and the wall clock may be set.
    #[inline(never)]
    pub fn remaining(&self, now: Now) -> i64 {
        (self.deadline - now.monotonic).min(minus(self.tokens.expires_at(), now.wall))
    }

    /// The access token, if it is valid for more than `ms`.
    pub fn valid_for(&self, ms: i64, now: Now) -> Option<AccessToken> {
        (self.remaining(now) > ms).then(|| self.tokens.access())
    }

    /// What a caller gets when there is no new token: the old one if it is still valid and will do.
    pub fn token_or(&self, problem: &AuthError, fresh: bool, now: Now) -> Result<Reply, AuthError> {
        match self.valid_for(0, now) {
            Some(token) if !fresh => Ok(Reply::Token(token)),
            _ => Err(problem.clone()),
        }
    }

    /// Whether the session is known to be over, and why: its refresh token (C-78), without one its access token, or
    /// nobody used it for too long. Both clocks have to say so: one that is put right ends no session. Where they
    /// differ, Keycloak is asked.
    pub fn over(&self, used: Now, now: Now) -> Option<EndReason> {
        let at = self.tokens.number("refresh_expires_at");
        if self.tokens.get("refresh_token").is_none() {
            return (self.remaining(now) <= 0).then_some(EndReason::Expired);
        }
        if self.refresh_over <= now.monotonic && at.is_some_and(|at| at <= now.wall) {
            return Some(self.why_over());
        }
        let unused = minus(now.monotonic, used.monotonic).min(minus(now.wall, used.wall));
        (unused >= self.idle()).then_some(EndReason::Idle)
    }

    /// Why the refresh token is over when it is.
    pub fn why_over(&self) -> EndReason {
        if self.tokens.get("capped").is_some() { EndReason::MaxAge } else { EndReason::Idle }
    }

    /// How long nobody may use it, ms.
    fn idle(&self) -> i64 {
        self.tokens.number("idle").unwrap_or(NEVER)
    }

    /// When the session is over if nobody uses it, on the monotonic clock; [`NEVER`] if that is not known.
    pub fn end(&self, used: Now) -> i64 {
        self.refresh_over.min(plus(used.monotonic, self.idle()))
    }

    /// The same by the clock on the wall.
    pub fn ends_at(&self, used: Now) -> Option<i64> {
        let at = self.tokens.number("refresh_expires_at")?;
        Some(at.min(plus(used.wall, self.idle())))
    }

    /// When the access token should be renewed ahead of its end, a fifth of its life before, at most 30 s; and a little
    /// before the page would be warned, though not at every touch where that puts nothing off any more.
    fn due_at(&self) -> i64 {
        let due = self.deadline - (self.tokens.lifetime() / 5).min(30_000);
        let margin = self.margin();
        due.min(minus(self.refresh_over, margin + margin / 8).max(plus(self.obtained, margin / 2)))
    }

    /// How long before its end.
    fn margin(&self) -> i64 {
        (self.idle() / 3).min(WARNING)
    }

    /// When the page is told that the session ends unless it is used. `warned` is the end that it was told of, if any.
    pub fn warn_at(&self, used: Now, warned: i64) -> i64 {
        let end = self.end(used);
        // Keycloak counts in whole seconds.
        if end == NEVER || minus(end, warned) < 2_000 { NEVER } else { minus(end, self.margin()) }
    }

    /// Whether a refresh has failed and may not be tried again yet.
    pub fn is_paused(&self, now: Now) -> bool {
        self.setback.as_ref().is_some_and(|setback| now.monotonic < setback.retry_at)
    }

    /// Whether Keycloak could not be reached: then it is tried again, or the page would be told that it is away for as
    /// long as the access token lasts.
    fn is_cut_off(&self) -> bool {
        self.setback.as_ref().is_some_and(|setback| setback.error.code().retryable())
    }

    /// Whether it is time to refresh without anybody asking. Only an active user keeps the session alive:
    /// a timer alone would defeat the realm's idle limit.
    pub fn is_due(&self, now: Now) -> bool {
        let due = self.is_cut_off() || now.monotonic >= self.due_at() || self.remaining(now) <= 0;
        self.active && !self.is_paused(now) && due
    }

    /// When to look again, on the monotonic clock; [`NEVER`] where nothing is to come.
    pub fn wake_at(&self, used: Now, warned: i64, now: Now) -> i64 {
        if self.refreshing.is_some() {
            return NEVER;
        }
        let retry = self.setback.as_ref().map_or(i64::MIN, |setback| setback.retry_at);
        let due = if self.is_cut_off() { retry } else { self.due_at().max(retry) };
        let refresh = if self.active { due } else { NEVER };
        let over = if self.tokens.get("refresh_token").is_some() { self.end(used) } else { self.deadline };
        // Where the clocks differ it is not over yet.
        let over = if over > now.monotonic { over } else { now.monotonic + 1_000 };
        refresh.min(over.max(retry)).min(self.warn_at(used, warned)).max(now.monotonic + 50)
    }
}
