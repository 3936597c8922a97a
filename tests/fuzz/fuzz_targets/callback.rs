//! Anything in the address bar: a code is exchanged only for the login that asked for it, from its issuer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::callback::Callback;
use otrs_auth::protocol::http::Method;
use otrs_auth::protocol::record::EndReason;
use otrs_auth::protocol::session::Status;
use otrs_auth_fuzz::browser::Browser;
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{CLIENT, ISSUER, LOGOUT_STATE, PAGE, SILENT_STATE, STATE, VERIFIER};
use url::form_urlencoded;

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let Ok(raw) = core::str::from_utf8(input) else { return };
    if let Err(problem) = Callback::parse(raw) {
        assert!(is_showable(&problem));
    }
    let pairs: Vec<_> = form_urlencoded::parse(input).collect();
    let all = |name: &str| pairs.iter().filter(|(own, _)| own == name).map(|(_, value)| &**value).collect::<Vec<_>>();

    let mut browser = Browser::new("");
    browser.start(Some(raw));
    // The same answer once more is worth nothing.
    let sent = browser.sent.len();
    browser.start(Some(raw));
    assert!(sent <= 1 && browser.sent.len() == sent, "a code was exchanged twice");
    assert!(!browser.is_signed_in() && browser.saved.is_empty());
    for problem in browser.replies.iter().filter_map(|reply| reply.as_ref().err()) {
        assert!(is_showable(problem));
    }
    if browser.session.status() == Status::Ended(EndReason::LoggedOut) {
        assert_eq!(all("state"), [LOGOUT_STATE]);
    }

    let Some(request) = browser.sent.first() else { return };
    assert!(matches!(all("state")[..], [STATE | SILENT_STATE]), "not the state of a login");
    assert_eq!(all("iss"), [ISSUER]);
    let code = all("code");
    assert_eq!(code.len(), 1);
    for name in ["error", "access_token", "id_token", "refresh_token", "token_type"] {
        assert_eq!(all(name).len(), 0, "{name}");
    }
    let Method::Post(form) = &request.method else { panic!("the token endpoint takes a POST") };
    assert_eq!(request.url, format!("{ISSUER}/protocol/openid-connect/token"));
    let form: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
    let expected = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", code[0]),
        ("redirect_uri", PAGE),
        ("code_verifier", VERIFIER),
    ];
    assert!(form.iter().map(|(name, value)| (&**name, &**value)).eq(expected));
}
