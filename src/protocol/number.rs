//! Sums of times that a server names. They may be any number, so nothing here wraps around. Written out in place, each
//! such sum would be 30 bytes.

/// `a + b`, or the nearest number to it.
#[inline(never)]
pub fn plus(a: i64, b: i64) -> i64 {
    a.saturating_add(b)
}

/// `a - b`, or the nearest number to it.
#[inline(never)]
pub fn minus(a: i64, b: i64) -> i64 {
    a.saturating_sub(b)
}
