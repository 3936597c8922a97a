//! Any body from the token endpoint: nobody is signed in by it, and no token handed out, without the ID token
//! that was signed for exactly this.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::ErrorCode;
use otrs_auth::protocol::record::{Record, Tokens};
use otrs_auth::protocol::secret::{AccessToken, IdToken, RefreshToken};
use otrs_auth::protocol::session::Event;
use otrs_auth::protocol::token::{TokenAnswer, read};
use otrs_auth_fuzz::browser::Browser;
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{ACCESS, ISSUER, LOGIN_TOKEN, NONCE, NOW, REFRESH_TOKEN, STATE, answer};
use otrs_auth_fuzz::oracle::{self, Tree};

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let refused = read(&answer(400, input), ErrorCode::CodeRefused).expect_err("a 400 brings no tokens");
    assert!(is_showable(&refused));
    let tree = oracle::parse(input);
    match read(&answer(200, input), ErrorCode::CodeRefused) {
        Err(problem) => assert!(is_showable(&problem)),
        // Where theirs cannot read it there is a number beyond f64.
        Ok(tokens) => tree.iter().for_each(|tree| is_as_said(&tokens, tree)),
    }
    let text = |name: &str| tree.as_ref().and_then(|tree| tree.text_of(name));

    let mut browser = Browser::new("");
    browser.token_body = Some(input.to_vec());
    browser.start(Some(&format!("code=c&state={STATE}&iss={ISSUER}")));
    assert_eq!(browser.sent.len(), 1, "a code is sent once");
    assert_eq!(browser.is_signed_in(), !browser.saved.is_empty());
    if browser.is_signed_in() {
        assert_eq!(text("id_token"), Some(LOGIN_TOKEN));
        assert_eq!(text("access_token"), Some(ACCESS));
    }

    let mut browser = Browser::new("");
    browser.record = Some(Record::to_text(&old_tokens()));
    browser.token_body = Some(input.to_vec());
    browser.start(None);
    browser.event(Event::Token { waiter: 2, min_validity: 0, fresh: false });
    for token in browser.tokens() {
        assert_eq!(Some(token.expose()), text("access_token"));
        // A refresh may come without an ID token; if it has one, it vouches for the access token.
        let id = tree.as_ref().and_then(|tree| tree.get("id_token")).map(Tree::text);
        assert!(id.is_none_or(|id| token.expose() == ACCESS && (id == Some(LOGIN_TOKEN) || id == Some(REFRESH_TOKEN))));
    }
}

fn is_as_said(tokens: &TokenAnswer, tree: &Tree) {
    assert_eq!(Some(tokens.access.expose()), tree.text_of("access_token"));
    assert!(!tokens.access.expose().is_empty());
    assert_eq!(tokens.refresh.as_ref().map(RefreshToken::expose), tree.text_of("refresh_token"));
    assert_eq!(tokens.id.as_ref().map(IdToken::expose), tree.text_of("id_token"));
    assert!(tree.text_of("token_type").is_some_and(|name| name.eq_ignore_ascii_case("bearer")));
    assert!((1..=86_400).contains(&tokens.expires_in));
    assert!(tokens.refresh_expires_in.is_none_or(|seconds| seconds > 0));
}

/// Of a session whose access token is over and whose refresh token is not.
fn old_tokens() -> Tokens {
    Tokens {
        access: AccessToken::new(ACCESS),
        refresh: Some(RefreshToken::new("r0")),
        id: IdToken::new(LOGIN_TOKEN),
        subject: "u1".to_owned(),
        nonce: NONCE.to_owned(),
        auth_time: None,
        expires_at: NOW.wall - 1,
        lifetime: 300_000,
        refresh_expires_at: Some(NOW.wall + 600_000),
    }
}
