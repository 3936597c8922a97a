//! Any key set: a key that is used is public, long enough and for signatures, and no set lets a foreign key pass.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::encoding::base64url;
use otrs_auth::protocol::id_token::{Algorithm, Verification, decode, verify_signature};
use otrs_auth::protocol::keys::{self, Key, PublicKey};
use otrs_auth_fuzz::login::{KEYS, LOGIN_TOKEN};
use otrs_auth_fuzz::oracle::{self, Tree};

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let Some(keys) = keys::parse(input) else { return };
    // Where theirs cannot read it there is a number beyond f64.
    let Some(document) = oracle::parse(input) else { return };
    let listed = document.get("keys").and_then(Tree::array).expect("a list of keys");
    let names = listed.iter().map(|jwk| jwk.text_of("kid")).chain([None]);
    for (name, algorithm) in names.flat_map(|name| [(name, Algorithm::Rs256), (name, Algorithm::Es256)]) {
        let Some(key) = keys.select(algorithm, name) else { continue };
        assert!(name.is_none() || key.kid.as_deref() == name);
        assert_eq!(key.key.algorithm(), algorithm);
        assert!(listed.iter().take(64).any(|jwk| is_of(key, jwk)), "a key that was not published as usable");
    }
    let token = decode(LOGIN_TOKEN).expect("a token");
    if matches!(verify_signature(&token, &keys), Ok(Verification::Verified)) {
        let signer =
            oracle::parse(KEYS.as_bytes()).and_then(|set| Some(set.get("keys")?.array()?[0].text_of("n")?.to_owned()));
        assert!(listed.iter().any(|jwk| jwk.text_of("n") == signer.as_deref()), "verified by a foreign key");
    }
}

/// Whether this key may be made of this JWK (RFC 7517 section 4, RFC 7518 section 6).
fn is_of(key: &Key, jwk: &Tree) -> bool {
    let absent_or = |name: &str, value: &str| jwk.get(name).is_none_or(|given| given.text() == Some(value));
    let is_secret = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|name| jwk.get(name).is_some());
    let operations = jwk.get("key_ops").is_none_or(|list| {
        list.array().is_some_and(|list| list.iter().any(|operation| operation.text() == Some("verify")))
    });
    let same = |name: &str, bytes: &[u8]| jwk.text_of(name) == Some(&base64url(bytes));
    let numbers = match &key.key {
        PublicKey::Rsa { n, e } => {
            let long = (256..=1024).contains(&n.len()) && (n.len() > 256 || n[0] >= 0x80);
            let public = e.len() <= 4 && *e != [1] && !e.is_empty();
            let odd = n.last().is_some_and(|byte| byte & 1 == 1) && e.last().is_some_and(|byte| byte & 1 == 1);
            long && public
                && odd
                && jwk.text_of("kty") == Some("RSA")
                && same("n", n)
                && same("e", e)
                && absent_or("alg", "RS256")
        }
        PublicKey::P256 { x, y } => {
            let curve = jwk.text_of("kty") == Some("EC") && jwk.text_of("crv") == Some("P-256");
            curve && x.len() == 32 && y.len() == 32 && same("x", x) && same("y", y) && absent_or("alg", "ES256")
        }
    };
    let kid = jwk.text_of("kid") == key.kid.as_deref();
    numbers && kid && !is_secret && operations && absent_or("use", "sig")
}
