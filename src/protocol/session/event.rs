//! What goes into the state machine and what comes out of it.

use crate::protocol::AuthError;
use crate::protocol::attempt::Entropy;
use crate::protocol::callback::Action;
#[cfg(feature = "full")]
use crate::protocol::dpop::Proof;
use crate::protocol::fields::Fields;
use crate::protocol::http::{Answer, NetworkFailure, Request};
use crate::protocol::keys::Algorithm;
use crate::protocol::number::minus;
use crate::protocol::secret::AccessToken;
use crate::protocol::text::{cut, decimal, number};

/// The two clocks, read at the moment of the event, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since 1970, by this computer; people and time servers set it.
    pub wall: i64,
    /// Since some moment, never set, but not comparable between tabs.
    pub monotonic: i64,
}

/// Names a promise of the front end that waits for [`Effect::Answer`].
pub type Waiter = u32;

/// Names a flow, so that an outcome that comes after the flow was given up is ignored.
pub type Flow = u32;

/// What is older counts no more, ms: a loop goes round within seconds, while somebody who comes back to a login form
/// in the morning makes none.
const LOOP: i64 = 60_000;

/// What this tab remembers of its own navigations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Navigations {
    /// Automatic navigations in a row without a success.
    pub automatic: u8,
    /// The browser left for a login and no answer came back: the user pressed Back, or Keycloak
    /// showed an error page.
    pub unanswered: bool,
    /// Keycloak said that nobody is signed in; it is not asked silently again in this tab.
    pub known_anonymous: bool,
    /// How a required action ended that the login before this page was for.
    pub action: Action,
    /// When the last automatic one began, ms by this computer.
    pub since: i64,
}

impl Navigations {
    /// As they count at this time.
    pub fn at(self, now: Now) -> Self {
        let recent = (0..LOOP).contains(&minus(now.wall, self.since));
        Navigations { automatic: if recent { self.automatic } else { 0 }, ..self }
    }

    /// For the tab's memory.
    pub fn to_text(self) -> String {
        let flag = |value: bool, mark| if value { mark } else { "" };
        let (unanswered, anonymous) = (flag(self.unanswered, "u"), flag(self.known_anonymous, "a"));
        let (since, action) = (decimal(self.since), decimal(self.action.into()));
        [&*decimal(self.automatic.into()), unanswered, anonymous, ".", &since, ".", &action].concat()
    }

    /// From it; whatever else is there counts as nothing.
    pub fn from_text(text: &str) -> Self {
        let automatic = text.bytes().next().filter(u8::is_ascii_digit).map_or(0, |digit| digit - b'0');
        let has = |mark| text.bytes().any(|byte| byte == mark);
        let (since, action) = cut(cut(text, b'.').1.unwrap_or_default(), b'.');
        let action = action.and_then(number).unwrap_or_default() as Action;
        let since = number(since).unwrap_or_default();
        Navigations { automatic, unanswered: has(b'u'), known_anonymous: has(b'a'), action, since }
    }
}

/// Something happened.
pub enum Event {
    /// The page asks for a session.
    Start {
        /// Settled when the page may go on.
        waiter: Waiter,
        /// Raw parameters of an answer in the address bar.
        callback: Option<String>,
        /// This page's address without them.
        page: String,
        /// Random bytes, if the browser gave any.
        entropy: Option<Box<Entropy>>,
        /// What this tab remembers; `None` if it cannot remember anything.
        navigations: Option<Navigations>,
        /// Whether this page is inside one of another origin.
        framed: bool,
    },
    /// The user wants to log in.
    Login {
        /// Settled only if the browser does not leave.
        waiter: Waiter,
        /// How.
        options: Fields,
        /// This page's address.
        page: String,
        /// Random bytes.
        entropy: Option<Box<Entropy>>,
    },
    /// The user wants to log out.
    Logout {
        /// Settled only if the browser does not leave.
        waiter: Waiter,
        /// How.
        options: Fields,
        /// Random bytes.
        entropy: Option<Box<Entropy>>,
    },
    /// A caller wants an access token.
    Token {
        /// Gets it.
        waiter: Waiter,
        /// Milliseconds that it must still be valid.
        min_validity: i64,
        /// Whether it must be a new one.
        fresh: bool,
    },
    /// The API refused this token with 401.
    Unauthorized {
        /// Gets another token, or [`Reply::Unchanged`].
        waiter: Waiter,
        /// The refused token.
        token: AccessToken,
    },
    /// The time asked for by [`Effect::Wake`] has come.
    Timer,
    /// The user did something.
    Activity,
    /// The network or the page came back.
    Resumed,
    /// The page came back from the back/forward cache.
    Restored {
        /// Random bytes.
        entropy: Option<Box<Entropy>>,
    },
    /// Another tab says that the record changed.
    RecordChanged,
    /// The token endpoint wants to see this in the next proof; comes before the outcome of that request.
    #[cfg(feature = "full")]
    Nonce(String),
    /// An effect has its outcome.
    Done(Flow, Outcome),
}

/// Which request an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Discovery document.
    Metadata,
    /// Key set.
    Keys,
    /// Token endpoint, with a code or a refresh token.
    Tokens,
    /// Token endpoint, to see whether it knows the client.
    Client,
    /// Keys of another realm, to see whether Keycloak is there at all.
    Reach,
    /// This page's own server, for the time.
    Time,
}

/// What the browser shows when it is sent to Keycloak in a frame with the redirect URI under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed {
    /// It came back to our origin.
    Returned,
    /// It stayed at Keycloak, on a page that may not be framed.
    Stayed,
    /// It cannot be told.
    Unknown,
}

/// What an effect led to.
pub enum Outcome {
    /// What the store has in that place, if it is readable.
    Read(Place, Option<String>),
    /// It was stored or removed; `false` if the browser refused.
    Stored(bool),
    /// There is no place to keep anything.
    NoStore,
    /// The lock was granted, or not in time.
    Locked(bool),
    /// An answer came, or not.
    Answered(Asked, Result<Answer, NetworkFailure>),
    /// See [`Framed`].
    Framed(Framed),
    /// Whether the browser found the signature right; `None` if it said nothing in time.
    Signature(Option<bool>),
    /// A new key, by its public half; empty if the browser made none.
    #[cfg(feature = "full")]
    Key(String),
    /// The fragment of the address at which a frame ended on our origin; empty if it cannot be seen.
    #[cfg(feature = "full")]
    FrameAnswer(String),
}

/// What is kept, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The record of the session: sealed, for this browser session only.
    Record,
    /// The key set.
    Keys,
    /// An attempt, under its state.
    Attempt(String),
}

/// What to do in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Store this text.
    Save(String),
    /// Store this text in place of one with the same [mark](crate::protocol::record::Record::mark);
    /// [`Outcome::Stored`] is `false` where there is none any more.
    Renew(String),
    /// Read and remove in one step, so that of all tabs one gets it.
    Take,
    /// Remove.
    Remove,
    /// Remove this and all names up to that one.
    RemoveUpTo(String),
}

/// What the front end is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something visible changed.
    Change,
    /// The session ended.
    Ended,
    /// Unless somebody uses it, the session will end.
    Expiring,
    /// An error that no promise reports.
    Error(AuthError),
}

/// What a promise is settled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing to say.
    Done,
    /// A token.
    Token(AccessToken),
    /// There is no better token than the refused one.
    Unchanged,
}

/// Something to be done by the driver. Those with a [`Flow`] report back by [`Event::Done`].
pub enum Effect {
    /// Use the store. Once a record is saved or removed, the other tabs are told that it changed.
    Store(Flow, Place, Access),
    /// Send a request.
    Send(Flow, Asked, Request),
    /// Send a request to the token endpoint with this proof.
    #[cfg(feature = "full")]
    Prove(Flow, Proof, Request),
    /// Make a key, and have it at hand: it is stored with whatever names it as its `key`.
    #[cfg(feature = "full")]
    MakeKey(Flow),
    /// See whether this address leads back to our origin.
    Frame(Flow, String),
    /// Make this authorization request in a hidden frame.
    #[cfg(feature = "full")]
    AskInFrame(Flow, String),
    /// Let the browser check a signature: the key's two numbers (modulus and exponent, or coordinates), message,
    /// signature.
    CheckSignature(Flow, Algorithm, Box<[Vec<u8>; 4]>),
    /// Wait for the right to refresh, which one tab has at a time.
    Lock(Flow),
    /// Give it back, or stop waiting for it.
    Unlock,
    /// Remember in this tab.
    SaveNavigations(Navigations),
    /// Go to Keycloak: one tab after the other, or at once, in place of all that wanted to leave before.
    Leave(String, bool),
    /// Go to an address of our own, leaving no entry in the history.
    Replace(String),
    /// Show another address for this same page.
    Rewrite(String),
    /// Open a connection to this server: the page that is left for needs one.
    Connect(String),
    /// Report [`Event::Timer`] after so many ms; replaces the one before.
    Wake(i64),
    /// Note for all tabs that somebody uses this page now.
    Used,
    /// Tell the front end.
    Emit(Notice),
    /// Settle a promise.
    Answer(Waiter, Result<Reply, AuthError>),
}
