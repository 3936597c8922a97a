//! A whole ID token, or header and claims on two lines: only what was signed is verified, and only claims that
//! another reader finds right are accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::encoding::{base64url, sha256};
use otrs_auth::protocol::id_token::{
    Algorithm, Decoded, Expected, Nonce, Previous, Verification, check_claims, decode, verify_signature,
};
use otrs_auth::protocol::keys::{self, PublicKey};
use otrs_auth_fuzz::is_showable;
use otrs_auth_fuzz::login::{ACCESS, CLIENT, ISSUER, KEYS, NONCE, SECOND, SIGNED};
use otrs_auth_fuzz::oracle::{self, Tree};

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

/// How far clocks may differ, and the fraction of a second that is cut off.
const LEEWAY: f64 = 61.0;

fn check(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    let parts = text.split_once('\n');
    let token = match parts {
        Some((header, claims)) => format!("{}.{}.AA", base64url(header.as_bytes()), base64url(claims.as_bytes())),
        None => text.to_owned(),
    };
    let decoded = match decode(&token) {
        Ok(decoded) => decoded,
        Err(problem) => return assert!(is_showable(&problem)),
    };
    assert_eq!(token.rsplit_once('.').map(|(input, _)| input), Some(&*decoded.signing_input));
    is_verified_if_signed(&decoded, &token);
    if let Some((header, claims)) = parts {
        let is_alg = |tree: &Tree| tree.text_of("alg").and_then(Algorithm::named) == Some(decoded.algorithm);
        assert!(oracle::parse(header.as_bytes()).is_none_or(|tree| is_alg(&tree)));
        claims_are_right(&decoded, oracle::parse(claims.as_bytes()).as_ref());
    }
}

fn is_verified_if_signed(decoded: &Decoded, token: &str) {
    let keys = keys::parse(KEYS.as_bytes()).expect("a key set");
    match verify_signature(decoded, &keys) {
        Ok(Verification::Verified) => assert!(SIGNED.contains(&token), "a forgery"),
        Ok(Verification::NeedsBrowser { key }) => {
            assert!(matches!(key.key, PublicKey::P256 { .. }) && decoded.signature.len() == 64);
        }
        Err(problem) => assert!(!SIGNED.contains(&token) && is_showable(&problem)),
    }
}

fn claims_are_right(decoded: &Decoded, tree: Option<&Tree>) {
    let login = Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: Nonce::Required(NONCE),
        access_token: ACCESS,
        now: SECOND,
        not_issued_before: Some(SECOND - 5),
        previous: None,
        max_age: Some(3_600),
        acr: "",
    };
    let previous = Some(Previous { subject: "u1", auth_time: Some(SECOND - 2) });
    let refresh = Expected { nonce: Nonce::IfPresent(Some(NONCE)), previous, max_age: None, ..login };
    for (expected, is_login) in [(login, true), (refresh, false)] {
        match check_claims(decoded, &expected) {
            // Where theirs cannot read it there is a number beyond f64.
            Ok(claims) => tree.iter().for_each(|tree| {
                assert_eq!(Some(&*claims.subject), tree.text_of("sub"));
                assert!(is_right(tree, is_login), "claims that are wrong");
            }),
            Err(problem) => assert!(is_showable(&problem)),
        }
    }
}

/// OpenID Connect Core sections 3.1.3.7 and 12.2, once more.
fn is_right(claims: &Tree, is_login: bool) -> bool {
    let now = SECOND as f64;
    let is_client = |audience: &Tree| audience.text() == Some(CLIENT);
    let audience = claims.get("aud").is_some_and(|audience| match audience {
        Tree::Array(list) => !list.is_empty() && list.iter().all(is_client),
        one => is_client(one),
    });
    let absent_or = |name: &str, value: &str| claims.get(name).is_none_or(|given| given.text() == Some(value));
    let number = |name: &str, fits: fn(f64) -> bool| claims.number_of(name).is_some_and(|at| fits(at - now));
    let hash = base64url(&sha256(ACCESS.as_bytes())[..16]);
    claims.text_of("iss") == Some(ISSUER)
        && audience
        && absent_or("azp", CLIENT)
        && claims.text_of("sub").is_some_and(|subject| (1..=255).contains(&subject.len()))
        && (is_login || claims.text_of("sub") == Some("u1"))
        && absent_or("nonce", NONCE)
        && (!is_login || claims.get("nonce").is_some())
        && absent_or("at_hash", &hash)
        && number("exp", |ahead| ahead > -LEEWAY)
        && number("iat", |ahead| (-5.0 - LEEWAY..=LEEWAY).contains(&ahead))
        && (claims.get("nbf").is_none() || number("nbf", |ahead| ahead <= LEEWAY))
        && (!is_login || number("auth_time", |ahead| (-3_600.0 - LEEWAY..=LEEWAY).contains(&ahead)))
}
