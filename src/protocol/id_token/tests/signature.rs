use super::*;
use crate::protocol::keys::{self, KeySet, PublicKey};
use crate::protocol::rsa::test_key::{E, N, OTHER_N};
use proptest::prelude::*;
use std::sync::OnceLock;

fn rsa(modulus: &str, kid: &str) -> String {
    format!(r#"{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{kid}","n":"{modulus}","e":"{E}"}}"#)
}

const EC: &str = concat!(
    r#"{"kty":"EC","crv":"P-256","kid":"ec-1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#,
    r#""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#,
);

fn set(keys: &[&str]) -> KeySet {
    keys::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

fn realm_keys() -> KeySet {
    set(&[&rsa(N, "key-1"), &rsa(OTHER_N, "key-2"), EC])
}

fn verify<'k>(token: &str, keys: &'k KeySet) -> Result<Verification<'k>, AuthError> {
    verify_signature(&decode(token)?, keys)
}

fn verify_header(header: &str, keys: &KeySet) -> Result<bool, ErrorCode> {
    match verify(&token(header, &claims().json()), keys) {
        Ok(verification) => Ok(matches!(verification, Verification::Verified)),
        Err(error) => Err(error.code()),
    }
}

#[test]
fn a_true_signature_verifies() {
    assert_eq!(verify_header(HEADER, &realm_keys()), Ok(true));
    assert_eq!(verify_header(r#"{"alg":"RS256"}"#, &set(&[&rsa(N, "key-1"), EC])), Ok(true));
}

#[test]
fn c_51_algorithm_and_key_type_must_fit() {
    assert_eq!(verify_header(r#"{"alg":"ES256","kid":"key-1"}"#, &realm_keys()), Err(ErrorCode::IdTokenKeyUnknown));
    assert_eq!(verify_header(r#"{"alg":"RS256","kid":"ec-1"}"#, &realm_keys()), Err(ErrorCode::IdTokenKeyUnknown));
}

#[test]
fn c_52_keys_in_the_header_are_never_used() {
    let keys = set(&[&rsa(OTHER_N, "key-1")]);
    let key = rsa(N, "key-1");
    for member in [
        format!(r#""jwk":{key}"#),
        r#""jku":"https://evil.example/keys""#.into(),
        r#""x5u":"https://evil.example/c""#.into(),
        r#""x5c":["MIIC"]"#.into(),
        format!(r#""keys":[{key}]"#),
    ] {
        let header = format!(r#"{{"alg":"RS256","kid":"key-1",{member}}}"#);
        assert_eq!(verify_header(&header, &keys), Err(ErrorCode::IdTokenSignature), "{member}");
        let header = format!(r#"{{"alg":"RS256",{member}}}"#);
        assert_eq!(verify_header(&header, &set(&[EC])), Err(ErrorCode::IdTokenKeyUnknown), "{member}");
        assert_eq!(verify_header(&header, &set(&[&rsa(N, "key-1")])), Ok(true), "{member}");
    }
}

#[test]
fn c_60_unknown_or_ambiguous_key() {
    assert_eq!(verify_header(r#"{"alg":"RS256","kid":"key-3"}"#, &realm_keys()), Err(ErrorCode::IdTokenKeyUnknown));
    assert_eq!(verify_header(r#"{"alg":"RS256"}"#, &realm_keys()), Err(ErrorCode::IdTokenKeyUnknown));
    assert_eq!(verify_header(HEADER, &set(&[])), Err(ErrorCode::IdTokenKeyUnknown));
}

#[test]
fn c_60_signature_by_another_key() {
    assert_eq!(verify_header(r#"{"alg":"RS256","kid":"key-2"}"#, &realm_keys()), Err(ErrorCode::IdTokenSignature));
}

#[test]
fn c_60_parts_of_two_tokens() {
    let one = token(HEADER, &claims().json());
    let two = token(HEADER, &claims().with("sub", "\"other\"").json());
    let (input, _) = one.rsplit_once('.').unwrap();
    let (_, signature) = two.rsplit_once('.').unwrap();
    let error = refusal(verify(&format!("{input}.{signature}"), &realm_keys()));
    assert_eq!(error, ErrorCode::IdTokenSignature.into());
}

#[test]
fn es256_is_left_to_the_browser() {
    let keys = realm_keys();
    let input = format!("{}.{}", base64url(br#"{"alg":"ES256","kid":"ec-1"}"#), base64url(claims().json().as_bytes()));
    let signed = |length: usize| format!("{input}.{}", base64url(&vec![7; length]));
    let key = match verify(&signed(64), &keys) {
        Ok(Verification::NeedsBrowser { key }) => key,
        other => unreachable!("{other:?}"),
    };
    assert!(matches!(key.key, PublicKey::P256 { .. }));
    for length in [1, 63, 65, 70, 72, 256] {
        assert_eq!(refusal(verify(&signed(length), &keys)), ErrorCode::IdTokenSignature.into(), "{length}");
    }
}

proptest! {
    #[test]
    fn a_token_with_one_changed_byte_never_verifies(at: prop::sample::Index, byte in 0u8..128) {
        static GOOD: OnceLock<String> = OnceLock::new();
        let good = GOOD.get_or_init(|| token(HEADER, &claims().json()));
        let mut changed = good.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        // One RSA key only, so that a token that lost its kid still finds it.
        let keys = set(&[&rsa(N, "key-1"), EC]);
        prop_assert!(!matches!(verify(&changed, &keys), Ok(Verification::Verified)));
        prop_assert!(matches!(verify(good, &keys), Ok(Verification::Verified)));
    }
}
