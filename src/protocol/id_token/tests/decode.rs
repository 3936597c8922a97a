use super::*;
use proptest::prelude::*;

fn code_of(token: &str) -> ErrorCode {
    refusal(decode(token)).code()
}

fn with_header(header: &str) -> String {
    token(header, &claims().json())
}

#[test]
fn a_token_of_keycloak_is_taken_apart() {
    let token = with_header(HEADER);
    let decoded = decode(&token).unwrap_or_else(|_| unreachable!());
    assert_eq!(decoded.algorithm, Algorithm::Rs256);
    assert_eq!(decoded.kid.as_deref(), Some("key-1"));
    assert_eq!(decoded.header.get("typ").unwrap().text(), Some("JWT"));
    assert_eq!(decoded.claims.get("sub").unwrap().text(), Some("f3a1"));
    assert_eq!(decoded.signature.len(), 256);
    assert_eq!(token, format!("{}.{}", decoded.signing_input, base64url(&decoded.signature)));

    let decoded = decode(&with_header(r#"{"alg":"ES256"}"#)).unwrap_or_else(|_| unreachable!());
    assert_eq!((decoded.algorithm, decoded.kid), (Algorithm::Es256, None));
}

#[test]
fn c_50_anything_but_three_segments() {
    let good = with_header(HEADER);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    for token in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "....".into(),
        header.into(),
        input.into(),
        format!("{input}."),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{claims}..{signature}"),
    ] {
        assert_eq!(code_of(&token), ErrorCode::IdTokenMalformed, "{token}");
    }
}

#[test]
fn c_50_jwe() {
    let encrypted = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA";
    assert_eq!(code_of(encrypted), ErrorCode::IdTokenMalformed);
    for member in ["enc", "zip"] {
        let error = refusal(decode(&with_header(&format!(r#"{{"alg":"RS256","{member}":"DEF"}}"#))));
        assert_eq!(error, AuthError::about(ErrorCode::IdTokenMalformed, member));
    }
}

#[test]
fn c_50_padding_white_space_and_foreign_characters() {
    let good = with_header(HEADER);
    let spoiled = [
        format!("{good}="),
        format!("{good}=="),
        format!(" {good}"),
        format!("{good}\n"),
        good.replacen('.', "=.", 1),
        good.replacen('.', " .", 1),
        good.replacen('.', ".\r\n", 1),
        good.replacen('e', "+", 1),
        good.replacen('e', "/", 1),
        good.replacen('e', "é", 1),
        format!("\u{feff}{good}"),
        good.replacen('.', "%2E", 1),
    ];
    for token in spoiled {
        assert_eq!(code_of(&token), ErrorCode::IdTokenMalformed, "{token}");
    }
}

#[test]
fn c_50_crit() {
    for value in ["[]", r#"["b64"]"#, r#"["exp"]"#, "null", "{}"] {
        let error = refusal(decode(&with_header(&format!(r#"{{"alg":"RS256","b64":false,"crit":{value}}}"#))));
        assert_eq!(error, AuthError::about(ErrorCode::IdTokenMalformed, "crit"));
    }
}

#[test]
fn c_50_header_or_payload_no_object() {
    for json in ["", "[]", "null", "\"x\"", "7", "{", "{}{}", "\u{feff}{}", r#"{"alg":"RS256","alg":"RS256"}"#] {
        assert_eq!(code_of(&with_header(json)), ErrorCode::IdTokenMalformed, "{json}");
    }
    for json in ["", "[]", "null", "\"x\"", "7", "{", r#"{"sub":"a","sub":"b"}"#, r#"{"sub":"a","s\u0075b":"b"}"#] {
        assert_eq!(code_of(&token(HEADER, json)), ErrorCode::IdTokenMalformed, "{json}");
    }
}

#[test]
fn c_50_alg_missing_or_no_string() {
    let headers =
        ["{}", r#"{"kid":"a"}"#, r#"{"alg":null}"#, r#"{"alg":["RS256"]}"#, r#"{"alg":256}"#, r#"{"alg":{"a":1}}"#];
    for header in headers {
        assert_eq!(refusal(decode(&with_header(header))), AuthError::about(ErrorCode::IdTokenMalformed, "alg"));
    }
    let kid = with_header(r#"{"alg":"RS256","kid":7}"#);
    assert_eq!(refusal(decode(&kid)), AuthError::about(ErrorCode::IdTokenMalformed, "kid"));
}

#[test]
fn c_50_too_long() {
    let long = claims().with("x", &format!("\"{}\"", "a".repeat(64 * 1024)));
    assert_eq!(code_of(&token(HEADER, &long.json())), ErrorCode::IdTokenMalformed);
    let nested = "[".repeat(40_000);
    assert_eq!(code_of(&token(HEADER, &format!("{{\"a\":{nested}"))), ErrorCode::IdTokenMalformed);
}

#[test]
fn c_51_alg_none_in_any_case() {
    for name in ["none", "None", "NONE", "nOnE", " none", ""] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        assert_eq!(code_of(&with_header(&header)), ErrorCode::IdTokenAlgorithm, "{name}");
        let unsigned = format!("{}.{}.", base64url(header.as_bytes()), base64url(claims().json().as_bytes()));
        assert_eq!(code_of(&unsigned), ErrorCode::IdTokenAlgorithm, "{name}");
    }
}

#[test]
fn c_51_hmac_and_every_other_algorithm() {
    let others = [
        "HS256",
        "HS384",
        "HS512",
        "RS384",
        "RS512",
        "PS256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "rs256",
        "Rs256",
        "RS256 ",
        "RS256\\u0000",
        "es256",
        "A256KW",
        "dir",
    ];
    for name in others {
        assert_eq!(code_of(&with_header(&format!(r#"{{"alg":"{name}"}}"#))), ErrorCode::IdTokenAlgorithm, "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_never_panics(text: String) {
        let _ = decode(&text);
    }

    #[test]
    fn any_segments_never_panic(header: Vec<u8>, claims: Vec<u8>, signature: Vec<u8>) {
        let _ = decode(&[base64url(&header), base64url(&claims), base64url(&signature)].join("."));
    }
}
