//! Waiting for promises, and running what waits.
//!
//! wasm-bindgen-futures does this for all futures and threads there are. Ours wait for one promise at a time
//! on one thread, which takes a fifth of its 6 kB.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Wake;

use wasm_bindgen::prelude::*;

use super::web;

/// Waits for a promise of `Promise.allSettled`, which is never rejected. Gives what the first promise of its
/// list was fulfilled with, or `undefined`.
pub struct Wait(Rc<Shared>);

/// What a [`Wait`] and the promise's callback both know.
struct Shared {
    settled: RefCell<JsValue>,
    waker: Cell<Option<Waker>>,
}

impl Wait {
    /// Waits for `promise`.
    pub fn new(promise: &JsValue) -> Self {
        let shared = Rc::new(Shared { settled: RefCell::new(JsValue::UNDEFINED), waker: Cell::new(None) });
        let weak = Rc::downgrade(&shared);
        let callback: Closure<dyn FnMut(JsValue)> = Closure::new(move |settled: JsValue| {
            if let Some(shared) = weak.upgrade() {
                *shared.settled.borrow_mut() = settled;
                if let Some(waker) = shared.waker.take() {
                    waker.wake();
                }
            }
        });
        // The browser's to collect, and not dropped with the wait: a promise that settles after it was given up
        // would call what is not there any more, and the page would be told of an unhandled rejection.
        let callback = callback.into_js_value();
        web::call(promise, "then", "[null]", &[web::Arg::Value(&callback)]);
        Wait(shared)
    }
}

impl Future for Wait {
    type Output = JsValue;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<JsValue> {
        let settled = self.0.settled.borrow();
        if settled.is_undefined() {
            self.0.waker.set(Some(context.waker().clone()));
            return Poll::Pending;
        }
        Poll::Ready(web::get(&settled, "0.value"))
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// The tasks that wait.
    static WAITING: RefCell<Vec<(u32, Task)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// Runs a future until it first waits, and on from there when it need not wait any more.
pub fn spawn(task: Task) {
    let number = LAST.get().wrapping_add(1);
    LAST.set(number);
    go_on(number, task);
}

fn go_on(number: u32, mut task: Task) {
    let waker = Waker::from(Arc::new(Number(number)));
    if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        WAITING.with_borrow_mut(|waiting| waiting.push((number, task)));
    }
}

/// A waker has to work from any thread, so it knows no more than a number.
struct Number(u32);

impl Wake for Number {
    fn wake(self: Arc<Self>) {
        let found = WAITING.with_borrow_mut(|waiting| {
            let place = waiting.iter().position(|(own, _)| *own == self.0);
            place.map(|place| waiting.swap_remove(place))
        });
        if let Some((number, task)) = found {
            go_on(number, task);
        }
    }
}
