//! What failed beside others, once more by itself.
//!
//! Flows side by side keep a small machine busy, and a bound of a second is then one on the machine. Attacks get no second
//! try: what leaked once has leaked.

use crate::report::Count;

/// How many may fail beside others and pass by themselves: more of them are no accident.
const MOST: usize = 3;

/// Runs the few that failed `again`; whoever passes then is named as unsteady, for somebody to look at.
pub fn settle(count: Count, again: impl FnOnce(&[String]) -> Vec<Count>) -> Count {
    if count.lost > 0 || !(1..=MOST).contains(&count.failed.len()) {
        return count;
    }
    println!("\nonce more, by themselves:");
    let alone = Count::sum(again(&count.failed));
    // Who did not run once more has not passed.
    if alone.lost > 0 || alone.passed + alone.failed.len() != count.failed.len() {
        return count;
    }
    for name in count.failed.iter().filter(|name| !alone.failed.contains(name)) {
        println!("unsteady: {name}");
    }
    Count { passed: count.passed + alone.passed, failed: alone.failed, lost: 0 }
}
