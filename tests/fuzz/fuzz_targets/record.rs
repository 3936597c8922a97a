//! Anything in the store: what is understood is written back alike, and a session comes of a live record only,
//! as long as it says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::attempt::Attempt;
use otrs_auth::protocol::fields::Fields;
use otrs_auth::protocol::record::Record;
use otrs_auth::protocol::session::{Event, Navigations};
use otrs_auth_fuzz::browser::Browser;
use otrs_auth_fuzz::login::{NOW, entropy};
use url::form_urlencoded;

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    let navigations = Navigations::from_text(text);
    assert_eq!(Navigations::from_text(&navigations.to_text()), navigations);
    if let Some(fields) = Fields::parse(text) {
        assert_eq!(Fields::parse(&fields.to_text()), Some(fields));
    }
    if let Some(attempt) = Attempt::from_text(text) {
        assert_eq!(Attempt::from_text(&attempt.to_text()), Some(attempt));
    }
    let record = Record::from_text(text);
    let again = record.as_ref().map(|record| match record {
        Record::Live(tokens) => tokens.to_text(),
        Record::Ended(reason) => Record::ended_text(*reason),
    });
    assert_eq!(again.as_deref().and_then(Record::from_text), record);

    let mut browser = Browser::new("");
    browser.record = Some(text.to_owned());
    browser.start(None);
    for event in [Event::Token { waiter: 2, min_validity: 5_000, fresh: false }, Event::Activity, Event::Timer] {
        browser.event(event);
    }
    match &record {
        Some(Record::Live(tokens)) => {
            let is_valid = tokens.expires_at() > NOW.wall;
            assert!((1_000..=86_400_000).contains(&tokens.lifetime()));
            let written = form_urlencoded::parse(input).find(|(name, _)| name == "expires_at");
            assert_eq!(written.and_then(|(_, number)| number.parse().ok()), Some(tokens.expires_at()));
            assert!(browser.tokens().all(|token| *token == tokens.access() && is_valid), "a token that is over");
            // Nothing answers, so one request at most is under way, with the stored refresh token.
            assert!(browser.sent.len() <= usize::from(tokens.get("refresh_token").is_some()));
        }
        _ => assert!(!browser.is_signed_in() && browser.sent.is_empty()),
    }
    let given = browser.tokens().count();
    browser.event(Event::Logout { waiter: 3, options: Fields::default(), entropy: entropy() });
    browser.event(Event::Token { waiter: 4, min_validity: 0, fresh: false });
    assert!(!browser.is_signed_in() && browser.tokens().count() == given, "a token after the log-out");
}
