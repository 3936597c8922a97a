//! Stands in for a lock where the browser has none (plain http): a note in the store that names its holder and how long
//! it may be held. Who finds another's note waits until that is gone or too old, as of a tab that was killed.

use super::number::{minus, plus};
use super::text::{cut, decimal, number};

/// The note to store, if the place is free: `found` is what is stored there, `holder` names who wants it, `ms` is how
/// long it may be held, `now` is this computer's time, ms.
pub fn take(found: &str, holder: &str, ms: i64, now: i64) -> Option<String> {
    let left = number(cut(found, b'.').0).map_or(0, |until| minus(until, now));
    // One that reaches further than any may was made before the clock was set back.
    let is_held = left > 0 && left <= ms;
    (!is_held).then(|| [&*decimal(plus(now, ms)), ".", holder].concat())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::expect_used)]
mod tests {
    use super::take;

    #[test]
    fn one_at_a_time_and_nobody_for_ever() {
        let first = take("", "a", 15_000, 1_000_000).expect("the place is free");
        assert_eq!(first, "1015000.a");
        assert_eq!(take(&first, "b", 15_000, 1_000_001), None);
        assert_eq!(take(&first, "b", 15_000, 1_014_999), None);
        assert!(take(&first, "b", 15_000, 1_015_000).is_some());
    }

    #[test]
    fn a_clock_that_was_set_back_or_a_forged_note_blocks_nothing() {
        assert!(take("1015000.a", "b", 15_000, 10_000).is_some());
        for found in ["x", ".", "9223372036854775807.a", "-9223372036854775808.a", "99999999999999999999.a"] {
            assert!(take(found, "b", 15_000, 1_000_000).is_some(), "{found}");
        }
    }
}
