//! What other tabs, the user and time do to a running session.

use super::{Access, Effect, Live, Notice, Now, Outcome, Phase, Place, Session};
use crate::protocol::number::minus;
use crate::protocol::record::Record;

impl Session {
    /// Another tab says that the record changed. It is only a hint to read it: anybody on this origin
    /// can send such a message.
    pub(super) fn record_changed(&mut self) {
        self.look_again = true;
    }

    /// Looks at the record as soon as there is time for it.
    pub(super) fn look(&mut self) {
        let idle = match &self.phase {
            Phase::SignedIn(live) => live.refreshing.is_none() || live.in_line,
            Phase::SignedOut | Phase::Ended(_) => self.departure.is_none(),
            _ => false,
        };
        if self.look_again && idle && self.config.shared && self.watching.is_none() {
            self.look_again = false;
            let flow = self.next_flow();
            self.watching = Some(flow);
            self.store(flow, Place::Record, Access::Read);
        }
    }

    pub(super) fn watched(&mut self, outcome: Outcome, now: Now) {
        self.watching = None;
        let Outcome::Read(_, text) = outcome else {
            return;
        };
        if self.live().is_some() {
            return self.record_read_again(text, false, now);
        }
        if let Phase::SignedOut | Phase::Ended(_) = self.phase
            && self.departure.is_none()
            && let Some(Record::Live(tokens)) = text.as_deref().and_then(Record::from_text)
            && let Ok(live) = Live::new(tokens, &self.config, now)
            && live.remaining(now) > 0
        {
            self.phase = Phase::SignedIn(live);
            self.changed = true;
        }
    }

    pub(super) fn timer(&mut self, now: Now) {
        if self.starter.is_none()
            && let Some(problem) = self.late_problem.take()
        {
            self.notices.push(Effect::Emit(Notice::Error(problem)));
        }
        self.departure_timer(now);
        self.refresh_if_due(now);
        if let Phase::SignedIn(live) = &self.phase
            && live.refreshing.is_none()
            && now.monotonic >= live.warn_at(self.used, self.warned)
        {
            self.warned = live.end(self.used);
            self.notices.push(Effect::Emit(Notice::Expiring));
        }
    }

    /// Another tab may have been used.
    pub(super) fn note_use(&mut self, used: i64, now: Now) {
        let ago = minus(now.wall, used);
        // A clock that was set back since then does not make the use of then one of now.
        if used > self.used.wall && ago >= 0 {
            // And one that was set forward does not make it longer ago than one of before.
            self.used = Now { wall: used, monotonic: minus(now.monotonic, ago).max(self.used.monotonic) };
        } else if used == 0 || self.used.wall == 0 {
            // Where the browser remembers none, other tabs may be in use: then only Keycloak's own limit counts. And a
            // page that has just been opened knows of none that it could go by.
            self.used = now;
        }
    }

    /// Somebody uses this page: that counts in all tabs, or those that nobody is at would end the session.
    pub(super) fn used_now(&mut self, now: Now) {
        self.used = now;
        self.effects.push(Effect::Used);
    }

    pub(super) fn activity(&mut self, now: Now) {
        self.used_now(now);
        if let Phase::SignedIn(live) = &mut self.phase {
            live.active = true;
        }
        self.refresh_if_due(now);
    }

    /// The network, or the page from the background: what waited for its pause need not wait longer, and
    /// what happened meanwhile in other tabs may have been missed.
    pub(super) fn resumed(&mut self, now: Now) {
        if let Phase::SignedIn(live) = &mut self.phase
            && let Some(setback) = &mut live.setback
        {
            setback.retry_at = now.monotonic;
        }
        self.record_changed();
        self.refresh_if_due(now);
    }

    fn refresh_if_due(&mut self, now: Now) {
        let due = match &self.phase {
            // One that is over is read again, too: another tab may have kept it alive.
            Phase::SignedIn(live) => live.is_due(now) || live.over(self.used, now).is_some() && !live.is_paused(now),
            _ => false,
        };
        if due {
            self.start_refresh(now);
        }
    }
}
