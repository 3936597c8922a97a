//! The driver: takes what happens in the browser to the state machine, and carries out what it answers.
//! Only this module knows both sides.

mod api_fetch;
#[cfg(feature = "full")]
mod api_proof;
mod effects;
#[cfg(feature = "full")]
mod lease;
#[cfg(feature = "full")]
mod proof;
mod store;

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::browser::happenings::{self, Happening};
use crate::browser::{clock, crypto, location, tab, web};
use crate::js::{self, Host};
use crate::protocol::attempt::Entropy;
#[cfg(feature = "full")]
use crate::protocol::fields::Fields;
use crate::protocol::session::{Event, Navigations, Session, Waiter};
use crate::protocol::{AuthError, Config, ErrorCode};
use store::Store;

/// The user's input is reported this often at the most, ms.
const ACTIVITY_INTERVAL: i64 = 1_000;

/// The promise of `createSession`.
const STARTER: Waiter = 0;

/// One running session.
pub struct Client {
    session: RefCell<Session>,
    /// Of the loader: makes errors and hands over answers.
    pub host: Host,
    /// The scope of this client: `session` (the front end's, where its listeners are), `promise` (of
    /// `createSession`), `heard` (called when anything happens to the page), and what the browser gave us.
    pub things: JsValue,
    store: Store,
    /// The promises that wait, each with what fulfils it.
    waiters: RefCell<Vec<(Waiter, web::Resolvers)>>,
    next_waiter: Cell<Waiter>,
    lock: RefCell<effects::LockState>,
    last_activity: Cell<i64>,
    closed: Cell<bool>,
    /// What each origin of the API wants to see in the next proof of possession.
    #[cfg(feature = "full")]
    nonces: RefCell<Fields>,
}

impl Client {
    /// A client for these options; nothing happens before [`Client::start`].
    pub fn new(config: Config, host: Host) -> Rc<Self> {
        Rc::new(Client {
            store: Store::new(&config.tag()),
            session: RefCell::new(Session::new(config, Box::new(location::parse))),
            host,
            things: web::scope(),
            waiters: RefCell::default(),
            next_waiter: Cell::new(0),
            lock: RefCell::default(),
            last_activity: Cell::new(0),
            closed: Cell::new(false),
            #[cfg(feature = "full")]
            nonces: RefCell::default(),
        })
    }

    /// The namespace of its session.
    pub fn tag(&self) -> String {
        self.session().config().tag()
    }

    /// A promise and its name. The first is `createSession`'s.
    pub fn prepare(&self) -> (JsValue, Waiter) {
        let waiter = self.next_waiter.get();
        self.next_waiter.set(waiter.wrapping_add(1));
        let resolvers = web::with_resolvers();
        let promise = resolvers.promise();
        self.waiters.borrow_mut().push((waiter, resolvers));
        (promise, waiter)
    }

    /// Starts; the promise is settled when the page may go on.
    pub fn start(self: &Rc<Self>, waiter: Waiter, callback: Option<String>) {
        self.listen();
        let page = location::href();
        let navigations = self.read_navigations();
        self.dispatch(Event::Start {
            waiter,
            callback,
            page,
            entropy: entropy(),
            navigations,
            framed: location::is_framed(),
        });
    }

    /// Reports an event that carries a promise of [`Client::prepare`].
    pub fn submit(self: &Rc<Self>, waiter: Waiter, event: Event) {
        if self.closed.get() {
            self.settle(waiter, Err(ErrorCode::SessionClosed.into()));
        }
        self.dispatch(event);
    }

    /// Takes an event to the state machine and carries out what it answers.
    pub fn dispatch(self: &Rc<Self>, event: Event) {
        // A log-out goes on: a page that closes its session on `ended` wants to be logged out all the same.
        if self.closed.get() && !self.session().is_leaving() {
            return;
        }
        // First, as a clock that a page has put in their place may ask this session something.
        let (now, used) = (clock::now(), clock::last_use());
        let effects = self.session.borrow_mut().handle(event, now, used);
        for effect in effects {
            self.run(effect);
        }
    }

    /// Looks at the session.
    pub fn session(&self) -> Ref<'_, Session> {
        self.session.borrow()
    }

    /// Settles a promise. The first one is `createSession`'s, and its error is the end of this client.
    fn settle(self: &Rc<Self>, waiter: Waiter, result: Result<JsValue, AuthError>) {
        let found = {
            let mut waiters = self.waiters.borrow_mut();
            let place = waiters.iter().position(|(own, _)| *own == waiter);
            place.map(|place| waiters.swap_remove(place))
        };
        let Some((_, resolvers)) = found else { return };
        let value = match result {
            Ok(_) if waiter == STARTER => web::get(&self.things, "session"),
            Ok(value) => value,
            Err(error) => {
                let error = self.error(&error);
                if waiter == STARTER {
                    if let Some(href) = self.session.borrow_mut().take_wanted() {
                        web::set_text(&error, "returnTo", &href);
                    }
                    js::forget(self);
                    self.close();
                }
                Promise::reject(&error).into()
            }
        };
        resolvers.resolve(&value);
    }

    /// A promise that is rejected.
    pub fn refusal(&self, error: &AuthError) -> JsValue {
        Promise::reject(&self.error(error)).into()
    }

    /// An error as JavaScript sees it.
    pub fn error(&self, error: &AuthError) -> JsValue {
        js::error(&self.host, error, Some(self.session().config()))
    }

    fn listen(self: &Rc<Self>) {
        let client = Rc::downgrade(self);
        let heard = web::function(Box::new(move |event| {
            if let Some(client) = client.upgrade() {
                client.heard(&event);
            }
            JsValue::UNDEFINED
        }));
        web::set_text(&self.things, "name", &self.store.name("session"));
        web::set(&self.things, "heard", &heard);
        web::run(&self.things, happenings::LISTEN);
    }

    fn heard(self: &Rc<Self>, event: &JsValue) {
        let event = match happenings::of(event) {
            Happening::Input => {
                let now = clock::now().monotonic;
                if now - self.last_activity.get() < ACTIVITY_INTERVAL {
                    return;
                }
                self.last_activity.set(now);
                Event::Activity
            }
            Happening::Back => Event::Resumed,
            Happening::Restored => Event::Restored { entropy: entropy() },
            Happening::Word => Event::RecordChanged,
            Happening::Timer => Event::Timer,
            Happening::Nothing => return,
        };
        self.dispatch(event);
    }

    /// Asks to be woken after `ms`, instead of any time before.
    fn wake(&self, ms: i64) {
        web::set(&self.things, "ms", &JsValue::from_f64(ms as f64));
        web::run(&self.things, happenings::WAKE);
    }

    /// `None` where the tab cannot remember anything: a look at a name that is not there tells nothing, so
    /// something is written first.
    fn read_navigations(&self) -> Option<Navigations> {
        let name = self.store.name("navigations");
        let text = tab::read(&name).unwrap_or_default();
        tab::write(&name, &text).then(|| Navigations::from_text(&text))
    }

    /// Stops everything this object does. The session goes on in other tabs.
    pub fn close(self: &Rc<Self>) {
        self.closed.set(true);
        web::run(&self.things, happenings::CLOSE);
        *self.lock.borrow_mut() = effects::LockState::Free;
        loop {
            let Some(waiter) = self.waiters.borrow().first().map(|(waiter, _)| *waiter) else { break };
            self.settle(waiter, Err(ErrorCode::SessionClosed.into()));
        }
    }
}

/// Random bytes for one attempt.
pub fn entropy() -> Option<Box<Entropy>> {
    crypto::entropy().map(|bytes| Box::new(Entropy(bytes)))
}
