//! A browser that does at once what the session asks, at one moment, and remembers what was asked.

use otrs_auth::protocol::AuthError;
use otrs_auth::protocol::http::{NetworkFailure, Request};
use otrs_auth::protocol::secret::AccessToken;
use otrs_auth::protocol::session::{Access, Asked, Effect, Event, Outcome, Place, Reply, Session, Status};

use crate::login::{KEYS, NOW, PAGE, answer, attempt, entropy, session};

/// The browser with one session in it.
pub struct Browser {
    pub session: Session,
    /// What the store has as record.
    pub record: Option<String>,
    /// Records that the session stored.
    pub saved: Vec<String>,
    /// What the token endpoint answers with 200; without it, it does not answer.
    pub token_body: Option<Vec<u8>>,
    /// Requests to the token endpoint.
    pub sent: Vec<Request>,
    /// Attempts that were asked for; each is there once.
    pub taken: Vec<String>,
    pub replies: Vec<Result<Reply, AuthError>>,
    /// Where the browser was sent.
    pub left: Vec<String>,
}

impl Browser {
    pub fn new(more_options: &str) -> Self {
        Browser {
            session: session(more_options),
            record: None,
            saved: Vec::new(),
            token_body: None,
            sent: Vec::new(),
            taken: Vec::new(),
            replies: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Asks for a session.
    pub fn start(&mut self, callback: Option<&str>) {
        let callback = callback.map(str::to_owned);
        let navigations = Some(Default::default());
        self.event(Event::Start {
            waiter: 1,
            callback,
            page: PAGE.to_owned(),
            entropy: entropy(),
            navigations,
            framed: false,
        });
    }

    /// Hands an event over and does all that follows from it.
    pub fn event(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.session.handle(event, NOW, 0) {
                events.extend(self.carry_out(effect));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        let (flow, outcome) = match effect {
            Effect::Store(flow, place, access) => (flow, self.store(place, access)),
            Effect::Send(flow, Asked::Tokens, request) => {
                self.sent.push(request);
                (flow, Outcome::Answered(Asked::Tokens, Ok(answer(200, self.token_body.as_deref()?))))
            }
            Effect::Send(flow, Asked::Time, _) => {
                (flow, Outcome::Answered(Asked::Time, Err(NetworkFailure::Unreachable)))
            }
            Effect::Send(flow, Asked::Keys, _) => {
                (flow, Outcome::Answered(Asked::Keys, Ok(answer(200, KEYS.as_bytes()))))
            }
            Effect::Lock(flow) => (flow, Outcome::Locked(true)),
            // Nobody has the private key of the curve's key.
            Effect::CheckSignature(flow, ..) => (flow, Outcome::Signature(Some(false))),
            Effect::Leave(url, _) | Effect::Replace(url) | Effect::Rewrite(url) => {
                self.left.push(url);
                return None;
            }
            Effect::Answer(_, reply) => {
                self.replies.push(reply);
                return None;
            }
            _ => return None,
        };
        Some(Event::Done(flow, outcome))
    }

    fn store(&mut self, place: Place, access: Access) -> Outcome {
        match (&place, access) {
            (Place::Attempt(state), Access::Take) => {
                let text = attempt(state).filter(|_| !self.taken.contains(state));
                self.taken.push(state.clone());
                Outcome::Read(place, text)
            }
            (Place::Record, Access::Read) => Outcome::Read(place, self.record.clone()),
            (Place::Keys, Access::Read) => Outcome::Read(place, Some(KEYS.to_owned())),
            (Place::Record, Access::Save(text) | Access::Renew(text)) => {
                self.record = Some(text.clone());
                self.saved.push(text);
                Outcome::Stored(true)
            }
            (Place::Record, _) => {
                self.record = None;
                Outcome::Stored(true)
            }
            _ => Outcome::Stored(true),
        }
    }

    pub fn is_signed_in(&self) -> bool {
        matches!(self.session.status(), Status::SignedIn(_) | Status::NoAccess(..))
    }

    /// The tokens that callers got.
    pub fn tokens(&self) -> impl Iterator<Item = &AccessToken> {
        self.replies.iter().filter_map(|reply| match reply {
            Ok(Reply::Token(token)) => Some(token),
            _ => None,
        })
    }
}
