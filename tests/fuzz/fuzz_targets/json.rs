//! Our reader against serde_json: it takes what is JSON by the strict rules, nothing else, and reads it alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::json::{self, MAX_LENGTH};
use otrs_auth_fuzz::oracle;

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let (ours, theirs) = (json::parse(input), oracle::parse(input));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            assert!(theirs.agrees(&ours), "read otherwise");
            assert!(theirs.is_strict(oracle::LEVELS), "taken against the rules");
        }
        (None, Some(theirs)) => {
            assert!(input.len() > MAX_LENGTH || !theirs.is_strict(oracle::LEVELS), "refused without a reason");
        }
        // Theirs has no number beyond f64, which we take without its value.
        (Some(_), None) => {
            let error = serde_json::from_slice::<oracle::Tree>(input).expect_err("refused just now");
            assert!(error.to_string().contains("number out of range"), "no JSON, but taken: {error}");
        }
        (None, None) => {}
    }
}
