use super::*;
use crate::protocol::encoding::base64url;
use crate::protocol::rsa::test_key::{E, N, OTHER_N, bytes};
use proptest::prelude::*;

/// From RFC 7517 appendix A.1.
const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

fn rsa(more: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{N}","e":"{E}"{more}}}"#)
}

fn ec(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

fn set(keys: &[String]) -> KeySet {
    parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

fn is_ignored(key: String) -> bool {
    set(&[key]).keys.is_empty()
}

#[test]
fn keys_of_a_realm_are_read() {
    let keys = set(&[
        rsa(r#","kid":"sig","use":"sig","alg":"RS256","x5c":["MIIC"],"x5t":"t","x5t#S256":"u""#),
        rsa(r#","kid":"enc","use":"enc","alg":"RSA-OAEP","x5c":["MIIC"]"#),
        ec(r#","kid":"ec","alg":"ES256","key_ops":["verify"]"#),
    ]);
    assert_eq!(keys.keys.len(), 2);
    let key = keys.select(Algorithm::Rs256, Some("sig")).unwrap();
    assert_eq!(key.key, PublicKey::Rsa { n: bytes(N), e: bytes(E) });
    let key = keys.select(Algorithm::Es256, Some("ec")).unwrap();
    assert_eq!(key.key, PublicKey::P256 { x: bytes(X), y: bytes(Y) });
}

#[test]
fn c_07_what_is_no_key_set_is_refused() {
    let refused =
        ["", "[]", "null", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[]"#, r#"{"keys":[],"keys":[]}"#];
    for body in refused {
        assert_eq!(parse(body.as_bytes()), None, "{body}");
    }
    assert!(set(&[]).keys.is_empty());
}

#[test]
fn c_07_private_and_symmetric_keys_are_ignored() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert!(is_ignored(rsa(&format!(r#","{member}":"AQAB""#))), "{member}");
        assert!(is_ignored(ec(&format!(r#","{member}":null"#))), "{member}");
    }
    assert!(is_ignored(r#"{"kty":"oct","k":"c2VjcmV0"}"#.into()));
    assert!(is_ignored(r#"{"kty":"oct"}"#.into()));
}

#[test]
fn c_07_keys_for_something_else_are_ignored() {
    for more in [
        r#","use":"enc""#,
        r#","use":"SIG""#,
        r#","use":null"#,
        r#","use":["sig"]"#,
        r#","key_ops":["sign"]"#,
        r#","key_ops":[]"#,
        r#","key_ops":"verify""#,
        r#","alg":"RS512""#,
        r#","alg":"PS256""#,
        r#","alg":"HS256""#,
        r#","alg":"ES256""#,
        r#","alg":"rs256""#,
        r#","alg":"none""#,
        r#","alg":null"#,
        r#","kid":7"#,
        r#","kid":null"#,
    ] {
        assert!(is_ignored(rsa(more)), "{more}");
    }
    assert!(is_ignored(ec(r#","alg":"RS256""#)));
    assert!(!is_ignored(rsa(r#","use":"sig","key_ops":["sign","verify"],"alg":"RS256","kid":"""#)));
}

#[test]
fn c_07_malformed_keys_are_ignored() {
    let short = base64url(&bytes(N)[..255]);
    for key in [
        "{}".into(),
        "null".into(),
        "7".into(),
        "[]".into(),
        r#"{"kty":"RSA"}"#.into(),
        format!(r#"{{"n":"{N}","e":"{E}"}}"#),
        format!(r#"{{"kty":"rsa","n":"{N}","e":"{E}"}}"#),
        format!(r#"{{"kty":["RSA"],"n":"{N}","e":"{E}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{N}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{N}","e":65537}}"#),
        format!(r#"{{"kty":"RSA","n":"{N}=","e":"{E}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{short}","e":"{E}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{N}","e":"AQ"}}"#),
        format!(r#"{{"kty":"RSA","n":"{N}","e":""}}"#),
        format!(r#"{{"kty":"RSA","n":"","e":"{E}"}}"#),
        format!(r#"{{"kty":"EC","crv":"P-384","x":"{X}","y":"{Y}"}}"#),
        format!(r#"{{"kty":"EC","x":"{X}","y":"{Y}"}}"#),
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}"}}"#),
        format!(r#"{{"kty":"EC","crv":"P-256","x":"AA","y":"{Y}"}}"#),
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}"#),
    ] {
        assert!(is_ignored(key.clone()), "{key}");
    }
}

#[test]
fn c_07_only_the_first_64_keys_are_looked_at() {
    let mut keys: Vec<String> = (0..64).map(|i| format!(r#"{{"kid":"{i}"}}"#)).collect();
    keys[63] = rsa(r#","kid":"last""#);
    keys.push(ec(""));
    let keys = set(&keys);
    assert!(keys.select(Algorithm::Rs256, Some("last")).is_some());
    assert!(keys.select(Algorithm::Es256, None).is_none());
}

#[test]
fn c_60_a_kid_chooses_exactly_one_key() {
    let keys = set(&[rsa(r#","kid":"a""#), ec(r#","kid":"b""#), rsa("")]);
    assert!(keys.select(Algorithm::Rs256, Some("a")).is_some());
    assert!(keys.select(Algorithm::Es256, Some("b")).is_some());
    assert!(keys.select(Algorithm::Es256, Some("a")).is_none(), "of the wrong type");
    assert!(keys.select(Algorithm::Rs256, Some("b")).is_none(), "of the wrong type");
    for unknown in ["", "A", "c", "a "] {
        assert!(keys.select(Algorithm::Rs256, Some(unknown)).is_none(), "{unknown:?}");
    }
}

#[test]
fn c_60_without_kid_the_single_fitting_key_is_used() {
    let keys = set(&[rsa(r#","kid":"a""#), ec(r#","kid":"b""#)]);
    assert_eq!(keys.select(Algorithm::Rs256, None).unwrap().kid.as_deref(), Some("a"));
    assert_eq!(keys.select(Algorithm::Es256, None).unwrap().kid.as_deref(), Some("b"));

    let several = set(&[rsa(r#","kid":"a""#), rsa(r#","kid":"b""#)]);
    assert!(several.select(Algorithm::Rs256, None).is_none());
    assert!(several.select(Algorithm::Es256, None).is_none());
    assert!(set(&[]).select(Algorithm::Rs256, None).is_none());

    let nameless = set(&[rsa(""), ec("")]);
    assert!(nameless.select(Algorithm::Rs256, None).is_some());
    assert!(nameless.select(Algorithm::Es256, None).is_some());
}

#[test]
fn c_60_two_keys_of_one_kid_are_both_ignored() {
    let other = format!(r#"{{"kty":"RSA","n":"{OTHER_N}","e":"{E}","kid":"a"}}"#);
    let keys = set(&[rsa(r#","kid":"a""#), other, ec(r#","kid":"b""#)]);
    assert!(keys.select(Algorithm::Rs256, Some("a")).is_none());
    assert!(keys.select(Algorithm::Rs256, None).is_none());
    assert!(keys.select(Algorithm::Es256, Some("b")).is_some());

    let unusable_twin = set(&[rsa(r#","kid":"a""#), rsa(r#","kid":"a","use":"enc""#)]);
    assert!(unusable_twin.select(Algorithm::Rs256, Some("a")).is_some());
    let mixed = set(&[rsa(r#","kid":"a""#), ec(r#","kid":"a""#)]);
    for kid in [Some("a"), None] {
        assert!(mixed.select(Algorithm::Rs256, kid).is_none());
        assert!(mixed.select(Algorithm::Es256, kid).is_none());
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }
}
