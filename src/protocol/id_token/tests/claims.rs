use super::*;
use proptest::prelude::*;

/// Every JSON type but the one a claim has, as text.
const NO_STRING: [&str; 7] = ["null", "true", "0", "1700000000", "[]", "[\"x\"]", "{}"];
const NO_NUMBER: [&str; 9] = ["null", "true", "\"1700000000\"", "\"\"", "[]", "[1700000000]", "{}", "1e308", "1.7e9"];

#[test]
fn the_claims_of_keycloak_pass() {
    let passed = check(&claims(), &expected()).unwrap();
    let wanted = IdClaims {
        subject: "f3a1".into(),
        issued_at: START + 1,
        expires_at: START + 301,
        session_id: Some("session-1".into()),
        auth_time: Some(START),
        nonce: Some("the-nonce".into()),
    };
    assert_eq!(passed, wanted);
}

#[test]
fn optional_claims_may_be_absent() {
    let bare = claims().without("azp").without("sid").without("at_hash").without("auth_time").without("acr");
    let passed = check(&bare, &expected()).unwrap();
    assert_eq!((passed.session_id, passed.auth_time), (None, None));
}

#[test]
fn c_53_issuer() {
    let code = ErrorCode::IdTokenIssuer;
    refused(&claims().without("iss"), &expected(), code, "iss");
    let others = [
        "",
        "https://iam.example.com/realms/customers",
        "https://iam.example.com/realms/agents/",
        "https://IAM.example.com/realms/agents",
        "http://iam.example.com/realms/agents",
        "https://iam.example.com:443/realms/agents",
        "https://iam.example.com/realms/agents ",
    ];
    for other in others {
        refused(&claims().with("iss", &format!("\"{other}\"")), &expected(), code, "iss");
    }
    refused(&claims().with("iss", &format!("[\"{ISSUER}\"]")), &expected(), code, "iss");
    for value in NO_STRING {
        refused(&claims().with("iss", value), &expected(), code, "iss");
    }
}

#[test]
fn c_54_audience() {
    let code = ErrorCode::IdTokenAudience;
    for good in [r#"["otrs-app"]"#, r#"["otrs-app","otrs-app"]"#] {
        check(&claims().with("aud", good), &expected()).unwrap();
    }
    refused(&claims().without("aud"), &expected(), code, "aud");
    for bad in [
        "\"\"",
        "\"account\"",
        "\"OTRS-app\"",
        "\"otrs-app \"",
        "\"otrs-app account\"",
        r#"["account"]"#,
        r#"["otrs-app","account"]"#,
        r#"["account","otrs-app"]"#,
        r#"["otrs-app",null]"#,
        r#"["otrs-app",7]"#,
        r#"[["otrs-app"]]"#,
        r#"{"otrs-app":true}"#,
    ] {
        refused(&claims().with("aud", bad), &expected(), code, "aud");
    }
    for value in NO_STRING {
        refused(&claims().with("aud", value), &expected(), code, "aud");
    }
}

#[test]
fn c_54_authorized_party() {
    for bad in ["\"\"", "\"account\"", "\"Otrs-app\"", "[\"otrs-app\"]"].into_iter().chain(NO_STRING) {
        refused(&claims().with("azp", bad), &expected(), ErrorCode::IdTokenAudience, "azp");
    }
}

#[test]
fn c_55_subject() {
    let code = ErrorCode::IdTokenSubject;
    refused(&claims().without("sub"), &expected(), code, "sub");
    refused(&claims().with("sub", "\"\""), &expected(), code, "sub");
    let long = |length: usize| claims().with("sub", &format!("\"{}\"", "s".repeat(length)));
    check(&long(255), &expected()).unwrap();
    refused(&long(256), &expected(), code, "sub");
    for value in NO_STRING {
        refused(&claims().with("sub", value), &expected(), code, "sub");
    }
}

#[test]
fn c_56_wrong_type_is_never_absent() {
    for name in ["exp", "iat", "nbf"] {
        for value in NO_NUMBER {
            refused(&claims().with(name, value), &expected(), ErrorCode::IdTokenMalformed, name);
        }
    }
    for name in ["exp", "iat"] {
        refused(&claims().without(name), &expected(), ErrorCode::IdTokenMalformed, name);
    }
    for value in NO_STRING {
        refused(&claims().with("sid", value), &expected(), ErrorCode::IdTokenMalformed, "sid");
    }
}

fn at(now: i64) -> Expected<'static> {
    Expected { now, ..expected() }
}

#[test]
fn c_56_expired() {
    let expires = START + 301;
    check(&claims(), &at(expires + 59)).unwrap();
    refused(&claims(), &at(expires + 60), ErrorCode::IdTokenExpired, "exp");
    refused(&claims(), &at(i64::MAX), ErrorCode::IdTokenExpired, "exp");
    for value in ["0", "-1", "-9223372036854775808"] {
        refused(&claims().with("exp", value), &expected(), ErrorCode::IdTokenExpired, "exp");
    }
    check(&claims().with("exp", "9223372036854775807"), &expected()).unwrap();
    check(&claims().with("exp", &format!("{expires}.75")), &expected()).unwrap();
}

#[test]
fn c_56_expired_when_issued() {
    for expires in [START, START + 1] {
        let claims = claims().with("exp", &expires.to_string());
        refused(&claims, &expected(), ErrorCode::IdTokenExpired, "exp");
    }
}

#[test]
fn c_56_issued_in_the_future_or_too_long_ago() {
    let issued = |at: i64| claims().with("iat", &at.to_string());
    check(&issued(NOW + 60), &expected()).unwrap();
    refused(&issued(NOW + 61), &expected(), ErrorCode::IdTokenIssuedAt, "iat");
    check(&issued(START - 60), &expected()).unwrap();
    refused(&issued(START - 61), &expected(), ErrorCode::IdTokenIssuedAt, "iat");
    refused(&issued(i64::MIN), &expected(), ErrorCode::IdTokenIssuedAt, "iat");
    let any_age = Expected { not_issued_before: None, ..expected() };
    check(&issued(0), &any_age).unwrap();
}

#[test]
fn c_56_not_yet_valid() {
    let from = |at: i64| claims().with("nbf", &at.to_string());
    check(&from(NOW + 60), &expected()).unwrap();
    check(&from(0), &expected()).unwrap();
    refused(&from(NOW + 61), &expected(), ErrorCode::IdTokenExpired, "nbf");
    refused(&from(i64::MAX), &expected(), ErrorCode::IdTokenExpired, "nbf");
}

#[test]
fn c_57_nonce_of_a_login() {
    let code = ErrorCode::IdTokenNonce;
    refused(&claims().without("nonce"), &expected(), code, "nonce");
    for bad in ["\"\"", "\"another\"", "\"the-nonc\"", "\"the-nonce \"", "\"THE-NONCE\""].into_iter().chain(NO_STRING) {
        refused(&claims().with("nonce", bad), &expected(), code, "nonce");
    }
    let empty = Expected { nonce: Nonce::Required(""), ..expected() };
    refused(&claims().with("nonce", "\"\""), &empty, code, "nonce");
}

#[test]
fn c_72_nonce_of_a_refresh() {
    let refresh = |nonce| Expected { nonce: Nonce::IfPresent(nonce), ..expected() };
    check(&claims(), &refresh(Some("the-nonce"))).unwrap();
    assert_eq!(check(&claims().without("nonce"), &refresh(Some("the-nonce"))).unwrap().nonce, None);
    check(&claims().without("nonce"), &refresh(None)).unwrap();
    let code = ErrorCode::IdTokenNonce;
    refused(&claims(), &refresh(Some("another")), code, "nonce");
    refused(&claims(), &refresh(None), code, "nonce");
    refused(&claims().with("nonce", "\"\""), &refresh(None), code, "nonce");
    for value in NO_STRING {
        refused(&claims().with("nonce", value), &refresh(Some("the-nonce")), code, "nonce");
        refused(&claims().with("nonce", value), &refresh(None), code, "nonce");
    }
}

fn continuing(subject: &'static str, auth_time: Option<i64>) -> Expected<'static> {
    Expected { previous: Some(Previous { subject, auth_time }), ..expected() }
}

#[test]
fn c_72_a_refresh_keeps_the_subject() {
    check(&claims(), &continuing("f3a1", None)).unwrap();
    for other in ["", "f3a", "F3A1", "someone-else"] {
        refused(&claims(), &continuing(other, None), ErrorCode::IdTokenSubject, "sub");
    }
}

#[test]
fn c_72_auth_time_never_goes_back() {
    check(&claims(), &continuing("f3a1", Some(START))).unwrap();
    check(&claims(), &continuing("f3a1", Some(START - 500))).unwrap();
    check(&claims().without("auth_time"), &continuing("f3a1", Some(START))).unwrap();
    refused(&claims(), &continuing("f3a1", Some(START + 1)), ErrorCode::IdTokenAuthentication, "auth_time");
}

#[test]
fn c_58_auth_time_when_max_age_was_asked() {
    let code = ErrorCode::IdTokenAuthentication;
    let asked = |max_age| Expected { max_age: Some(max_age), ..expected() };
    let signed_in = |at: i64| claims().with("auth_time", &at.to_string());
    check(&signed_in(NOW - 360), &asked(300)).unwrap();
    refused(&signed_in(NOW - 361), &asked(300), code, "auth_time");
    check(&signed_in(NOW - 60), &asked(0)).unwrap();
    check(&signed_in(0), &asked(i64::MAX)).unwrap();
    check(&signed_in(NOW + 60), &asked(300)).unwrap();
    refused(&signed_in(NOW + 61), &asked(300), code, "auth_time");
    refused(&signed_in(i64::MIN), &asked(300), code, "auth_time");
    refused(&claims().without("auth_time"), &asked(300), code, "auth_time");
    for value in NO_NUMBER {
        refused(&claims().with("auth_time", value), &expected(), code, "auth_time");
    }
}

#[test]
fn c_58_acr_when_it_was_asked() {
    let code = ErrorCode::IdTokenAuthentication;
    let asked = Expected { acr: "2 gold", ..expected() };
    check(&claims().with("acr", "\"gold\""), &asked).unwrap();
    refused(&claims(), &asked, code, "acr");
    refused(&claims().without("acr"), &asked, code, "acr");
    for value in NO_STRING {
        refused(&claims().with("acr", value), &expected(), code, "acr");
    }
}

#[test]
fn c_59_access_token_hash() {
    let code = ErrorCode::IdTokenAccessTokenHash;
    // OpenID Connect Core 1.0 appendix A.3.
    let example = Expected { access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", ..expected() };
    check(&claims().with("at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\""), &example).unwrap();
    refused(&claims(), &example, code, "at_hash");
    let whole = base64url(&crate::protocol::encoding::sha256(ACCESS_TOKEN.as_bytes()));
    for bad in [format!("\"{whole}\""), "\"\"".into(), format!("\"{}\"", &whole[..21])] {
        refused(&claims().with("at_hash", &bad), &expected(), code, "at_hash");
    }
    for value in NO_STRING {
        refused(&claims().with("at_hash", value), &expected(), code, "at_hash");
    }
}

#[test]
fn times_are_reported_only_when_all_before_is_right() {
    let late = at(START + 10_000);
    let spoiled = [
        ("iss", ErrorCode::IdTokenIssuer),
        ("aud", ErrorCode::IdTokenAudience),
        ("azp", ErrorCode::IdTokenAudience),
        ("sub", ErrorCode::IdTokenSubject),
        ("nonce", ErrorCode::IdTokenNonce),
    ];
    for (name, code) in spoiled {
        refused(&claims().with(name, "7"), &late, code, name);
    }
    for name in ["at_hash", "auth_time", "acr"] {
        refused(&claims().with(name, "\"x\""), &late, ErrorCode::IdTokenExpired, "exp");
    }
}

proptest! {
    #[test]
    fn any_times_never_panic(
        exp: i64, iat: i64, nbf: i64, auth_time: i64, now: i64, start: i64, max_age: i64, before: i64,
    ) {
        let claims = claims()
            .with("exp", &exp.to_string())
            .with("iat", &iat.to_string())
            .with("nbf", &nbf.to_string())
            .with("auth_time", &auth_time.to_string());
        let expected = Expected {
            now, not_issued_before: Some(start), max_age: Some(max_age),
            previous: Some(Previous { subject: "f3a1", auth_time: Some(before) }), ..expected()
        };
        if let Ok(passed) = check(&claims, &expected) {
            prop_assert!(passed.expires_at > passed.issued_at);
            prop_assert!(i128::from(passed.expires_at) + 60 > i128::from(now));
        }
    }
}
