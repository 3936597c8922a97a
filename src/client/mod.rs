//! The driver: takes what happens in the browser to the state machine, and carries out what it answers.
//! Only this module knows both sides.

mod api_fetch;
mod effects;
mod store;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, BroadcastChannel, EventTarget};

use crate::browser::activity::{self, Heard};
use crate::browser::{channel, clock, crypto, location, promise, tab};
use crate::js::{self, Host};
use crate::protocol::attempt::Entropy;
use crate::protocol::session::{Event, Navigations, Now, Session, Waiter};
use crate::protocol::{AuthError, Config, ErrorCode};
use store::Store;

/// The user's input is reported this often at the most, ms.
const ACTIVITY_INTERVAL: i64 = 1_000;

/// One running session.
pub struct Client {
    session: RefCell<Session>,
    /// Of the loader: makes errors and hands over answers.
    pub host: Host,
    /// Where the front end's listeners are.
    pub events: EventTarget,
    store: Store,
    waiters: RefCell<Vec<(Waiter, Function, Function)>>,
    next_waiter: Cell<Waiter>,
    lock: RefCell<effects::LockState>,
    timer: RefCell<Option<JsValue>>,
    channel: RefCell<Option<BroadcastChannel>>,
    listener: RefCell<Option<AbortController>>,
    /// Kept as long as the client, because the browser calls them.
    callbacks: RefCell<Vec<Closure<dyn FnMut(JsValue)>>>,
    last_activity: Cell<i64>,
    closed: Cell<bool>,
}

impl Client {
    /// A client for these options; nothing happens before [`Client::start`].
    pub fn new(config: Config, host: Host) -> Result<Rc<Self>, AuthError> {
        let events = EventTarget::new().map_err(|_| ErrorCode::InternalError)?;
        Ok(Rc::new(Client {
            store: Store::new(&config.tag()),
            session: RefCell::new(Session::new(config, Box::new(location::parse))),
            host,
            events,
            waiters: RefCell::default(),
            next_waiter: Cell::new(0),
            lock: RefCell::default(),
            timer: RefCell::default(),
            channel: RefCell::default(),
            listener: RefCell::default(),
            callbacks: RefCell::default(),
            last_activity: Cell::new(0),
            closed: Cell::new(false),
        }))
    }

    /// Starts; the promise is settled when the page may go on.
    pub fn start(self: &Rc<Self>, callback: Option<String>) -> Promise {
        self.listen();
        let page = location::href().unwrap_or_default();
        let navigations = self.read_navigations();
        self.ask(|waiter| Event::Start {
            waiter,
            callback,
            page,
            entropy: entropy(),
            navigations,
        })
    }

    /// Reports an event that carries a promise.
    pub fn ask(self: &Rc<Self>, event: impl FnOnce(Waiter) -> Event) -> Promise {
        let waiter = self.next_waiter.get();
        self.next_waiter.set(waiter.wrapping_add(1));
        let promise = Promise::new(&mut |resolve, reject| {
            self.waiters.borrow_mut().push((waiter, resolve, reject));
        });
        if self.closed.get() {
            self.settle(waiter, Err(ErrorCode::SessionClosed.into()));
        } else {
            self.dispatch(event(waiter));
        }
        promise
    }

    /// Takes an event to the state machine and carries out what it answers.
    pub fn dispatch(self: &Rc<Self>, event: Event) {
        if self.closed.get() {
            return;
        }
        let effects = self.session.borrow_mut().handle(event, now());
        for effect in effects {
            self.run(effect);
        }
    }

    /// Looks at the session.
    pub fn view<T>(&self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.session.borrow())
    }

    fn settle(&self, waiter: Waiter, result: Result<JsValue, AuthError>) {
        let found = {
            let mut waiters = self.waiters.borrow_mut();
            let place = waiters.iter().position(|(own, _, _)| *own == waiter);
            place.map(|place| waiters.swap_remove(place))
        };
        let Some((_, resolve, reject)) = found else {
            return;
        };
        let _ = match result {
            Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
            Err(error) => reject.call1(&JsValue::UNDEFINED, &self.error(&error)),
        };
    }

    /// An error as JavaScript sees it.
    pub fn error(&self, error: &AuthError) -> JsValue {
        self.view(|session| js::error(&self.host, error, Some(session.config())))
    }

    /// A callback that reports to this client as long as it lives.
    fn callback(self: &Rc<Self>, mut report: impl FnMut(&Rc<Self>, JsValue) + 'static) -> Function {
        let client = Rc::downgrade(self);
        let closure = Closure::new(move |value| {
            if let Some(client) = client.upgrade() {
                report(&client, value);
            }
        });
        let function = closure.as_ref().unchecked_ref::<Function>().clone();
        self.callbacks.borrow_mut().push(closure);
        function
    }

    fn listen(self: &Rc<Self>) {
        let heard = self.callback(|client, event| client.heard(&activity::event_of(event)));
        *self.listener.borrow_mut() = activity::listen(&heard);
        let changed = self.callback(|client, _| client.dispatch(Event::RecordChanged));
        *self.channel.borrow_mut() = channel::open(&self.store.name("session"), &changed);
    }

    fn heard(self: &Rc<Self>, event: &web_sys::Event) {
        match activity::meaning(event) {
            Heard::Input => {
                let now = now().monotonic;
                if now - self.last_activity.get() >= ACTIVITY_INTERVAL {
                    self.last_activity.set(now);
                    self.dispatch(Event::Activity);
                }
            }
            Heard::Back => self.dispatch(Event::Resumed),
            Heard::Restored => self.dispatch(Event::Restored),
            Heard::Nothing => {}
        }
    }

    /// Asks to be woken after `ms`, instead of any time before.
    fn wake(self: &Rc<Self>, ms: i64) {
        self.cancel_timer();
        let client = Rc::downgrade(self);
        let callback = Closure::once_into_js(move || {
            if let Some(client) = client.upgrade() {
                client.timer.take();
                client.dispatch(Event::Timer);
            }
        });
        *self.timer.borrow_mut() = Some(promise::later(callback.unchecked_ref(), ms));
    }

    fn cancel_timer(&self) {
        if let Some(timer) = self.timer.take() {
            promise::cancel(&timer);
        }
    }

    /// `None` where the tab cannot remember anything: a look at a name that is not there tells nothing, so
    /// something is written first.
    fn read_navigations(&self) -> Option<Navigations> {
        let name = self.store.name("navigations");
        let text = tab::read(&name).unwrap_or_default();
        tab::write(&name, &text).then(|| Navigations::from_text(&text))
    }

    /// Stops everything this object does. The session goes on in other tabs.
    pub fn close(&self) {
        self.closed.set(true);
        self.cancel_timer();
        if let Some(listener) = self.listener.take() {
            listener.abort();
        }
        if let Some(channel) = self.channel.take() {
            channel.close();
        }
        *self.lock.borrow_mut() = effects::LockState::Free;
        let waiting: Vec<Waiter> = self
            .waiters
            .borrow()
            .iter()
            .map(|(waiter, _, _)| *waiter)
            .collect();
        for waiter in waiting {
            self.settle(waiter, Err(ErrorCode::SessionClosed.into()));
        }
    }
}

fn now() -> Now {
    clock::now()
}

/// Random bytes for one attempt.
pub fn entropy() -> Option<Entropy> {
    crypto::entropy().map(Entropy)
}
