//! Any address to return to or to send the token to: it is on the one origin, or on a listed one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::ErrorCode;
use otrs_auth::protocol::url::{api_address, return_url, without_fragment};
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{ORIGIN, resolve};
use url::Url;

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

const API_ORIGINS: &str = "https://desk.example.com https://api.example.com:8443 http://localhost:3000";

fn check(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    match return_url(text, ORIGIN, &resolve) {
        Ok(href) => {
            let url = is_on(&href, ORIGIN);
            // Wherever the browser is when it goes there, it is the same place.
            for base in ["https://evil.example/a/b?c#d", "http://desk.example.com/", "data:,x"] {
                let from = Url::parse(base).expect("an address");
                assert_eq!(from.join(&href).as_ref(), Ok(&url));
            }
            assert!(!without_fragment(&href).contains('#') && href.starts_with(without_fragment(&href)));
        }
        Err(problem) => assert_eq!(problem.code(), ErrorCode::ReturnUrlRefused),
    }
    let url = resolve(text);
    match api_address(url.as_ref(), API_ORIGINS) {
        Ok(()) => {
            let href = url.map(|url| url.href).unwrap_or_default();
            assert!(API_ORIGINS.split(' ').any(|origin| href.starts_with(&format!("{origin}/"))));
            is_on(&href, Url::parse(&href).expect("an address").origin().ascii_serialization().as_str());
        }
        Err(problem) => assert!(is_showable(&problem)),
    }
}

/// The address, which has to be of the web, without user or password, on this origin and in its normal form.
fn is_on(href: &str, origin: &str) -> Url {
    let url = Url::parse(href).expect("an absolute address");
    assert!(matches!(url.scheme(), "http" | "https"));
    assert_eq!(url.origin().ascii_serialization(), origin);
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(href.starts_with(&format!("{origin}/")));
    assert_eq!(url.as_str(), href);
    url
}
