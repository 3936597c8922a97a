//! The session as a state machine: an event and the time go in, effects come out.
//!
//! | file | flow |
//! |---|---|
//! | `start` | the page asks for a session: an answer in the address bar, the record, or `onLoad` |
//! | `exchange` | a code becomes a session |
//! | `departure` | leaving for Keycloak |
//! | `look` | what a login looks at before it leaves |
//! | `logout` | the end of a session |
//! | `refresh` | a new access token, one request for all callers and tabs |
//! | `watch` | what other tabs did |
//! | `validation` | an ID token on its way through its checks |
//! | `live` | the tokens of a session and their times |
//! | `preparation` | what a login needs for proofs of possession |
//! | `view` | what the front end sees |
//! | `proof` | proofs of possession with token requests |
//! | `in_frame` | a silent login without leaving |

mod departure;
mod event;
mod exchange;
#[cfg(feature = "full")]
mod in_frame;
mod live;
mod logout;
mod look;
#[cfg(feature = "full")]
mod preparation;
#[cfg(feature = "full")]
mod proof;
mod refresh;
mod start;
mod validation;
mod view;
mod watch;

pub use event::{Access, Asked, Effect, Event, Flow, Framed, Navigations, Notice, Now, Outcome, Place, Reply, Waiter};
pub use view::Status;

use super::attempt::{Attempt, Entropy};
use super::callback::Action;
use super::http::{Method, Request};
use super::keys::KeySet;
use super::record::EndReason;
use super::text::utf8;
use super::url::Resolver;
use super::{AuthError, Config, ErrorCode};
use departure::Departure;
use exchange::Exchange;
use live::{Live, NEVER};
use validation::Validation;

/// Where the session stands.
enum Phase {
    /// Looking for a record; then `Otherwise`.
    Restoring(Flow, start::Otherwise),
    /// Checking an answer in the address bar.
    Answering(Box<Exchange>),
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn(Box<Live>),
    /// Somebody was.
    Ended(EndReason),
}

impl Phase {
    /// The login whose answer is being checked.
    fn attempt(&self) -> Option<&Attempt> {
        match self {
            Phase::Answering(exchange) => exchange.attempt.as_ref(),
            _ => None,
        }
    }
}

/// One session: of one page, at one realm, for one client.
pub struct Session {
    config: Config,
    tag: String,
    resolve: Resolver,
    phase: Phase,
    departure: Option<Box<Departure>>,
    /// The token answer that is being checked, of a login or a refresh.
    validation: Option<Box<Validation>>,
    /// The promise of `createSession`, until it is settled.
    starter: Option<Waiter>,
    /// Where an automatic login comes back to.
    page: String,
    /// Where the login began whose answer this page was opened by.
    wanted: String,
    /// That login was for more than a session: another one is no substitute for it.
    demanding: bool,
    entropy: Option<Box<Entropy>>,
    navigations: Option<Navigations>,
    action: Action,
    keys: Option<KeySet>,
    /// Server time minus this computer's, ms; known only once the difference mattered.
    clock_offset: i64,
    connected: bool,
    /// When somebody last used a page of this origin. Requests do not count: those that a page makes by a timer would
    /// keep the session alive for ever.
    used: Now,
    /// The end of the session that the page was warned of, on the monotonic clock.
    warned: i64,
    watching: Option<Flow>,
    /// Whether a page of another origin is around this one, which may then sign in only where it is allowed to.
    framed: bool,
    /// A token request that waits for the verdict on its proof.
    #[cfg(feature = "full")]
    proving: Option<Box<proof::Proving>>,
    /// What the token endpoint wants to see in the next proof.
    #[cfg(feature = "full")]
    nonce: String,
    /// An error that the page is told as soon as it can listen.
    late_problem: Option<AuthError>,
    flows: Flow,
    /// What the timer was last set for, on the monotonic clock.
    timer_at: i64,
    effects: Vec<Effect>,
    /// What the front end is told once everything else is under way: its listeners may do anything.
    notices: Vec<Effect>,
    /// Another tab said something while there was no time to look.
    look_again: bool,
    changed: bool,
}

impl Session {
    /// A session that has not started. `resolve` is the browser's URL parser.
    pub fn new(config: Config, resolve: Resolver) -> Self {
        Session {
            tag: config.tag(),
            config,
            resolve,
            phase: Phase::SignedOut,
            departure: None,
            validation: None,
            starter: None,
            page: String::new(),
            wanted: String::new(),
            demanding: false,
            entropy: None,
            navigations: None,
            action: 0,
            keys: None,
            clock_offset: 0,
            connected: true,
            used: Now { wall: 0, monotonic: i64::MIN },
            warned: 0,
            watching: None,
            framed: false,
            #[cfg(feature = "full")]
            proving: None,
            #[cfg(feature = "full")]
            nonce: String::new(),
            late_problem: None,
            flows: 0,
            timer_at: NEVER,
            effects: Vec::new(),
            notices: Vec::new(),
            look_again: false,
            changed: false,
        }
    }

    /// The options in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes one event and says what is to be done. `used` is when somebody last used a page of this origin, ms by the
    /// clock on the wall; 0 if that is not known.
    pub fn handle(&mut self, event: Event, now: Now, used: i64) -> Vec<Effect> {
        self.note_use(used, now);
        // A page asks for tokens by the hundred, and to set its timer anew each time would be most of the work. What else
        // happens may mean that the timer slept.
        if !matches!(event, Event::Token { .. }) {
            self.timer_at = NEVER;
        }
        match event {
            Event::Start { waiter, callback, page, entropy, navigations, framed } => {
                self.framed = framed && !self.config.allow_framing;
                self.page = page;
                self.entropy = entropy;
                self.navigations = navigations.map(|navigations| navigations.at(now));
                if let Some(known) = &mut self.navigations {
                    self.action = core::mem::take(&mut known.action);
                }
                self.start(waiter, callback, now);
            }
            Event::Login { waiter, options, page, entropy } => self.login(waiter, options, &page, entropy),
            Event::Logout { waiter, options, entropy } => self.logout(waiter, options, entropy, now),
            Event::Token { waiter, min_validity, fresh } => self.token(waiter, min_validity, fresh, now),
            Event::Unauthorized { waiter, token } => self.unauthorized(waiter, &token, now),
            Event::Timer => self.timer(now),
            Event::Activity => self.activity(now),
            Event::Resumed => self.resumed(now),
            Event::Restored { entropy } => self.restored(entropy, now),
            Event::RecordChanged => self.record_changed(),
            #[cfg(feature = "full")]
            Event::Nonce(nonce) => self.nonce = nonce,
            Event::Done(flow, outcome) => self.done(flow, outcome, now),
        }
        self.look();
        self.schedule(now);
        if core::mem::take(&mut self.changed) {
            self.notices.push(Effect::Emit(Notice::Change));
        }
        self.effects.append(&mut self.notices);
        core::mem::take(&mut self.effects)
    }

    /// Hands an outcome to the flow that asked for it; to nobody if that flow is gone.
    fn done(&mut self, flow: Flow, outcome: Outcome, now: Now) {
        #[cfg(feature = "full")]
        if self.is_about_proof(flow, &outcome, now) {
            return;
        }
        if self.departure.as_ref().is_some_and(|departure| departure.flow == flow) {
            return self.departure_done(outcome, now);
        }
        if self.watching == Some(flow) {
            return self.watched(outcome, now);
        }
        if self.validation.as_ref().is_some_and(|validation| validation.flow == flow) {
            return self.validation_done(outcome, now);
        }
        match &self.phase {
            Phase::Restoring(own, _) if *own == flow => self.restored_record(outcome, now),
            Phase::Answering(exchange) if exchange.flow == flow => self.exchange_done(outcome, now),
            Phase::SignedIn(live) if live.refreshing == Some(flow) => self.refresh_done(outcome, now),
            _ => {}
        }
    }

    fn next_flow(&mut self) -> Flow {
        self.flows = self.flows.wrapping_add(1);
        self.flows
    }

    /// Refuses a call that needs a session where there is none.
    fn absent(&mut self, waiter: Waiter) {
        let absence = match &self.phase {
            Phase::Ended(reason) => self.ended_error(*reason),
            _ => ErrorCode::NotSignedIn.into(),
        };
        self.answer(waiter, Err(absence));
    }

    fn answer(&mut self, waiter: Waiter, result: Result<Reply, AuthError>) {
        self.effects.push(Effect::Answer(waiter, result));
    }

    fn send(&mut self, flow: Flow, asked: Asked, url: String, method: Method) {
        self.effects.push(Effect::Send(flow, asked, Request { url, method }));
    }

    /// Asks for tokens, with a proof of possession where one is due.
    #[cfg_attr(not(feature = "full"), allow(unused_variables))]
    fn send_grant(&mut self, flow: Flow, request: Request, now: Now) {
        #[cfg(feature = "full")]
        if self.prove(flow, &request, now) {
            return;
        }
        self.effects.push(Effect::Send(flow, Asked::Tokens, request));
    }

    fn ask_keys(&mut self, flow: Flow) {
        self.send(flow, Asked::Keys, self.config.endpoint("certs"), Method::Get);
    }

    /// Takes a key set out of an answer and caches it.
    fn take_keys(&mut self, answer: &super::http::Answer) -> Result<(), AuthError> {
        answer.json(ErrorCode::KeysInvalid)?;
        self.keys = Some(super::keys::parse(&answer.body).ok_or(ErrorCode::KeysInvalid)?);
        if let Some(text) = utf8(&answer.body) {
            // Nobody waits for it: a key set that is not cached is asked for again.
            let flow = self.next_flow();
            self.store(flow, Place::Keys, Access::Save(text));
        }
        Ok(())
    }

    fn store(&mut self, flow: Flow, place: Place, access: Access) {
        self.effects.push(Effect::Store(flow, place, access));
    }

    /// The next moment at which something has to happen without anybody asking.
    fn schedule(&mut self, now: Now) {
        let departure = self.departure.as_ref().and_then(|departure| departure.deadline).unwrap_or(NEVER);
        let live = match &self.phase {
            Phase::SignedIn(live) => live.wake_at(self.used, self.warned, now),
            _ => NEVER,
        };
        let late = if self.late_problem.is_some() && self.starter.is_none() { now.monotonic } else { NEVER };
        let at = departure.min(live).min(late);
        if at != NEVER && at != self.timer_at {
            self.timer_at = at;
            // A timer beyond 2^31 ms fires at once (HTML section 8.6), and a long one sleeps through
            // a changed clock; looking again every hour costs nothing.
            self.effects.push(Effect::Wake((at - now.monotonic).clamp(0, 3_600_000)));
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
pub(crate) mod tests;
