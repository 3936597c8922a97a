//! A way to a server that takes its time: what passes is held for half a round trip in each direction, and a new connection
//! costs a whole one. Answers begin slowly and share one line. Says what was asked for and how much came back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// What a server sends before it hears that something arrived, bytes (RFC 6928 section 2).
const FIRST_WINDOW: usize = 14_600;
/// What the line has room for, bytes per ms: 20 Mbit/s. On this machine itself there is no line.
const RATE: u64 = 2_500;

/// What passes, of all connections.
#[derive(Default)]
pub struct Traffic {
    /// Round-trip time, ms.
    pub round_trip: AtomicU64,
    /// Bytes of answers.
    pub bytes: AtomicU64,
    requests: Mutex<Vec<String>>,
    /// When the line has room again.
    free: Mutex<Option<Instant>>,
}

impl Traffic {
    /// Begins to count anew.
    pub fn forget(&self) {
        self.bytes.store(0, Relaxed);
        self.requests().clear();
    }

    /// The requests since then: method and path.
    pub fn requests(&self) -> MutexGuard<'_, Vec<String>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn half(&self) -> Duration {
        Duration::from_micros(self.round_trip.load(Relaxed) * 500)
    }

    /// When so many bytes have passed through the line that are ready at this time.
    fn through(&self, ready: Instant, bytes: usize) -> Instant {
        if self.half().is_zero() {
            return ready;
        }
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let end = free.unwrap_or(ready).max(ready) + Duration::from_micros(bytes as u64 * 1000 / RATE);
        *free = Some(end);
        end
    }
}

/// How a server sends over one connection: as much as is known to arrive, and in each round trip as much more as arrived in
/// the one before (RFC 5681 section 3.1).
struct Flight {
    began: Instant,
    sent: usize,
    window: usize,
}

impl Flight {
    /// Parts of an answer: when each is sent, and its bytes.
    fn parts(&mut self, bytes: usize, traffic: &Traffic) -> Vec<(Instant, usize)> {
        let (round_trip, now) = (2 * traffic.half(), Instant::now());
        let (mut parts, mut left) = (Vec::new(), bytes);
        if now >= self.began + round_trip {
            self.next(now);
        }
        while left > 0 {
            let part = left.min(self.window - self.sent);
            if part > 0 {
                parts.push((traffic.through(self.began.max(now), part), part));
                self.sent += part;
                left -= part;
            } else {
                self.next(self.began + round_trip);
            }
        }
        parts
    }

    fn next(&mut self, began: Instant) {
        *self = Flight { began, sent: 0, window: self.window + self.sent };
    }
}

/// Opens a port that leads to this one; goes with this process.
pub fn open(to: u16, traffic: &Arc<Traffic>) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let traffic = Arc::clone(traffic);
    thread::spawn(move || {
        for browser in listener.incoming().flatten() {
            let _ = connect(browser, to, &traffic);
        }
    });
    Ok(port)
}

fn connect(browser: TcpStream, to: u16, traffic: &Arc<Traffic>) -> Result<()> {
    let server = TcpStream::connect(("127.0.0.1", to))?;
    for side in [&browser, &server] {
        side.set_nodelay(true)?;
    }
    // What the browser believes to be connected at once would have taken a round trip.
    let connected = Instant::now() + 2 * traffic.half();
    let (up, down) = (Arc::clone(traffic), Arc::clone(traffic));
    let mut requests = Requests::default();
    let asked = Arc::clone(traffic);
    hold(
        browser.try_clone()?,
        server.try_clone()?,
        move |bytes| vec![(Instant::now().max(connected) + up.half(), bytes)],
        move |bytes| {
            asked.requests().extend(requests.take(bytes));
        },
    );
    let counted = Arc::clone(traffic);
    let mut flight = Flight { began: Instant::now(), sent: 0, window: FIRST_WINDOW };
    hold(
        server,
        browser,
        move |bytes| {
            let parts = flight.parts(bytes, &down).into_iter();
            parts.map(|(sent, bytes)| (sent + down.half(), bytes)).collect()
        },
        move |bytes| {
            counted.bytes.fetch_add(bytes.len() as u64, Relaxed);
        },
    );
    Ok(())
}

/// Hands on what comes, each part of a piece when it is due.
fn hold(
    mut from: TcpStream,
    to: TcpStream,
    mut due: impl FnMut(usize) -> Vec<(Instant, usize)> + Send + 'static,
    mut seen: impl FnMut(&[u8]) + Send + 'static,
) {
    let (sender, receiver): (Sender<(Instant, Vec<u8>)>, _) = channel();
    thread::spawn(move || deliver(to, receiver));
    thread::spawn(move || {
        let mut piece = vec![0; 65_536];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let mut bytes = piece.get(..length).unwrap_or_default();
            seen(bytes);
            for (due, part) in due(length) {
                let (first, rest) = bytes.split_at(part);
                bytes = rest;
                if sender.send((due, first.to_vec())).is_err() {
                    return;
                }
            }
        }
    });
}

fn deliver(mut to: TcpStream, pieces: Receiver<(Instant, Vec<u8>)>) {
    for (due, bytes) in pieces {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Finds the requests in what a browser sends over one connection (RFC 9112).
#[derive(Default)]
struct Requests {
    head: Vec<u8>,
    /// Bytes of a body that are still to come.
    body: usize,
}

impl Requests {
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for byte in bytes {
            if self.body > 0 {
                self.body -= 1;
                continue;
            }
            self.head.push(*byte);
            if self.head.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&std::mem::take(&mut self.head)).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                self.body = length.and_then(|length| length.trim().parse().ok()).unwrap_or_default();
                let path = head.split([' ', '?']).take(2).collect::<Vec<_>>().join(" ");
                found.push(path);
            }
        }
        found
    }
}
