//! Counts the bytes that Rust code holds. libFuzzer's own limit sees only the process, and a leak of one
//! byte per input would take days to reach it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a target may hold beyond a multiple of its input: the session, its requests, a key set.
const ALLOWANCE: usize = 512 * 1024;

/// Runs `work`, which must give back all memory and hold no more than `input` bytes explain.
pub fn measured(input: usize, work: impl Fn()) {
    let once = || {
        let before = HELD.load(Relaxed);
        PEAK.store(before, Relaxed);
        work();
        (HELD.load(Relaxed), before, PEAK.load(Relaxed) - before)
    };
    let (mut after, mut before, mut peak) = once();
    if after != before {
        // The first call makes what is kept for all others, such as the parsed page address.
        (after, before, peak) = once();
    }
    assert_eq!(after, before, "memory was not given back");
    assert!(peak <= ALLOWANCE + 128 * input, "{peak} bytes for an input of {input}");
}
