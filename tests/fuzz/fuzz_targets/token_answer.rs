//! Any body from the token endpoint: nobody is signed in by it, and no token handed out, without the ID token
//! that was signed for exactly this.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::ErrorCode;
use otrs_auth::protocol::config::Dpop;
use otrs_auth::protocol::record::Tokens;
use otrs_auth::protocol::session::Event;
use otrs_auth::protocol::token::read;
use otrs_auth_fuzz::browser::Browser;
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{ACCESS, ISSUER, LOGIN_TOKEN, NONCE, NOW, REFRESH_TOKEN, STATE, answer};
use otrs_auth_fuzz::oracle::{self, Tree};

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let refused =
        read(&answer(400, input), ErrorCode::CodeRefused, Dpop::Off, NOW).expect_err("a 400 brings no tokens");
    assert!(is_showable(&refused));
    let tree = oracle::parse(input);
    match read(&answer(200, input), ErrorCode::CodeRefused, Dpop::Off, NOW) {
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
    browser.record = Some(old_tokens().to_text());
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

fn is_as_said(tokens: &Tokens, tree: &Tree) {
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_eq!(tokens.get(name), tree.text_of(name));
    }
    assert!(!tokens.text("access_token").is_empty());
    assert!(tree.text_of("token_type").is_some_and(|name| name.eq_ignore_ascii_case("bearer")));
    assert!((1_000..=86_400_000).contains(&tokens.lifetime()));
    assert!(tokens.number("refresh_expires_at").is_none_or(|at| at > NOW.wall));
}

/// Of a session whose access token is over and whose refresh token is not.
fn old_tokens() -> Tokens {
    let mut tokens = Tokens::none();
    for (name, text) in
        [("access_token", ACCESS), ("refresh_token", "r0"), ("id_token", LOGIN_TOKEN), ("sub", "u1"), ("nonce", NONCE)]
    {
        tokens.put(name, text);
    }
    tokens.put_number("expires_at", NOW.wall - 1);
    tokens.put_number("lifetime", 300_000);
    tokens.put_number("refresh_expires_at", NOW.wall + 600_000);
    tokens
}
