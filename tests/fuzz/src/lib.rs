//! What the fuzz targets share: one login with its tokens, readers by other people's code to hold ours
//! against, and a count of memory.

pub mod browser;
pub mod login;
pub mod memory;
pub mod oracle;

use otrs_auth::protocol::AuthError;

/// Runs a target on one input: what it takes must be given back, and must be little.
pub fn run(input: &[u8], target: fn(&[u8])) {
    memory::measured(input.len(), || target(input));
}

/// What every refusal has to be: its subject may be shown to anybody, so it is short and plain (C-30).
pub fn is_showable(error: &AuthError) -> bool {
    let subject = error.subject();
    subject.len() <= 200 && subject.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"'`".contains(&byte))
}
