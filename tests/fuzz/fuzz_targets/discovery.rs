//! Any discovery document: only the server that was meant is left for, and only if it can do PKCE with S256.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::config::Dpop;
use otrs_auth::protocol::metadata;
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{ISSUER, answer};
use otrs_auth_fuzz::oracle;

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let mut other = answer(200, input);
    other.content_type = core::str::from_utf8(input).ok().map(str::to_owned);
    if let Err(problem) = metadata::check(&other, ISSUER, Dpop::Off) {
        assert!(is_showable(&problem));
    }
    if let Err(problem) = metadata::check(&answer(200, input), ISSUER, Dpop::Off) {
        return assert!(is_showable(&problem));
    }
    // Where theirs cannot read it there is a number beyond f64.
    let Some(document) = oracle::parse(input) else { return };
    assert_eq!(document.text_of("issuer"), Some(ISSUER));
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(document.text_of(endpoint).is_some(), "{endpoint}");
    }
    if let Some(methods) = document.get("code_challenge_methods_supported") {
        let list = methods.array().unwrap_or_default();
        assert!(list.iter().any(|method| method.text() == Some("S256")));
    }
}
