use super::*;
use crate::protocol::ErrorCode;
use crate::protocol::json;
use crate::protocol::session::tests::world::{PAGE, resolve};

fn read(options: &str) -> Result<Config, (ErrorCode, String)> {
    let options = json::parse(options.as_bytes()).expect("test options");
    let page = resolve(PAGE).expect("test page");
    Config::read(&options, &page, &resolve).map_err(|error| (error.code(), error.subject().to_owned()))
}

fn refused(options: &str, code: ErrorCode, subject: &str) {
    assert_eq!(read(options).map(|config| config.issuer), Err((code, subject.to_owned())), "{options}");
}

#[test]
fn the_presets_are_those_of_the_tutorial() {
    let agent = read(r#"{"authority":"https://iam.example.com/auth/"}"#).unwrap();
    assert_eq!(agent.issuer, "https://iam.example.com/auth/realms/otrs-agents");
    assert_eq!((agent.client_id.as_str(), agent.required_role.as_str()), ("otrs-app", "Agent"));
    assert_eq!(agent.redirect_uri, PAGE);
    assert_eq!(agent.post_logout_redirect_uri, PAGE);
    assert_eq!(agent.api_origins, "https://desk.example.com");
    let customer = read(r#"{"authority":"https://iam.example.com","interface":"customer"}"#).unwrap();
    assert_eq!(customer.realm, "otrs-customer-users");
    assert_eq!(customer.required_role, "Customer User");
    let open = read(r#"{"authority":"https://iam.example.com","requiredRole":null}"#).unwrap();
    assert_eq!(open.required_role, "");
}

#[test]
fn c_01_plain_http_needs_the_switch() {
    refused(r#"{"authority":"http://iam.example.com"}"#, ErrorCode::InsecureAuthority, "http://iam.example.com");
    assert!(read(r#"{"authority":"http://iam.example.com","allowInsecureHttp":true}"#).is_ok());
    assert!(read(r#"{"authority":"http://localhost:8180"}"#).is_ok());
    let page = resolve("http://desk.example.com/agent/").unwrap();
    let options = json::parse(br#"{"authority":"https://iam.example.com"}"#).unwrap();
    let error = Config::read(&options, &page, &resolve).err().unwrap();
    assert_eq!(error.code(), ErrorCode::InsecurePage);
}

#[test]
fn c_15_a_redirect_uri_is_one_exact_address_of_ours() {
    for uri in [
        "https://evil.example/agent/",
        "https://desk.example.com/*",
        "https://desk.example.com/#x",
        "https://a@desk.example.com/",
        "javascript://desk.example.com/",
        "",
    ] {
        for option in ["redirectUri", "postLogoutRedirectUri"] {
            let options = format!(r#"{{"authority":"https://iam.example.com","{option}":"{uri}"}}"#);
            refused(&options, ErrorCode::OptionInvalid, option);
        }
    }
}

#[test]
fn c_16_parameters_that_secure_the_login_cannot_be_set() {
    for name in RESERVED.split(' ') {
        let options = format!(r#"{{"authority":"https://iam.example.com","extraParameters":{{"{name}":"x"}}}}"#);
        refused(&options, ErrorCode::OptionInvalid, "extraParameters");
    }
    let fine = read(r#"{"authority":"https://iam.example.com","extraParameters":{"a b":"c&d"}}"#).unwrap();
    assert_eq!(fine.extra_parameters, "a%20b=c%26d");
}

#[test]
fn c_17_a_client_secret_is_refused() {
    for name in ["clientSecret", "client_secret", "secret"] {
        let options = format!(r#"{{"authority":"https://iam.example.com","{name}":"x"}}"#);
        refused(&options, ErrorCode::ClientSecretRefused, name);
    }
}

#[test]
fn unknown_names_and_wrong_types_are_refused_by_name() {
    refused(r#"{"authority":"https://iam.example.com","relam":"x"}"#, ErrorCode::OptionUnknown, "relam");
    refused(r#"{"authority":"https://iam.example.com","__proto__":1}"#, ErrorCode::OptionUnknown, "__proto__");
    refused("{}", ErrorCode::OptionInvalid, "authority");
    refused("[]", ErrorCode::OptionInvalid, "options");
    for (name, value) in [
        ("interface", r#""admin""#),
        ("authority", r#""iam.example.com""#),
        ("authority", r#""/auth""#),
        ("authority", r#""https://iam.example.com/?x=1""#),
        ("authority", r#""https://iam.example.com/?""#),
        ("authority", r#""https://iam.example.com/#""#),
        ("redirectUri", r#""https://desk.example.com/#""#),
        ("authority", r#""ftp://iam.example.com/""#),
        ("realm", r#""a/b""#),
        ("realm", r#""..""#),
        ("realm", "7"),
        ("clientId", r#""a b""#),
        ("requiredRole", "false"),
        ("scope", r#""profile""#),
        ("scope", r#""openidx""#),
        ("apiOrigins", r#""https://api.example.com""#),
        ("apiOrigins", r#"["https://api.example.com/path"]"#),
        ("apiOrigins", r#"["http://api.example.com"]"#),
        ("apiOrigins", r#"["*"]"#),
        ("onLoad", r#""always""#),
        ("storage", r#""local""#),
        ("locale", "1"),
        ("allowInsecureHttp", r#""true""#),
        ("extraParameters", r#"{"a":1}"#),
        ("timeouts", r#"{"forever":1}"#),
        ("timeouts", r#"{"request":"1"}"#),
    ] {
        let authority = if name == "authority" { "" } else { r#""authority":"https://iam.example.com","# };
        refused(&format!(r#"{{{authority}"{name}":{value}}}"#), ErrorCode::OptionInvalid, name);
    }
    let timeout = r#"{"authority":"https://iam.example.com","timeouts":{"request":1}}"#;
    refused(timeout, ErrorCode::OptionInvalid, "timeouts.request");
}

#[test]
fn a_52_each_issuer_and_client_has_a_namespace() {
    let tag = |more: &str| read(&format!(r#"{{"authority":"https://iam.example.com"{more}}}"#)).unwrap().tag();
    let tags = [tag(""), tag(r#","interface":"customer""#), tag(r#","clientId":"other""#), tag(r#","realm":"x""#)];
    for (index, one) in tags.iter().enumerate() {
        assert_eq!(one.len(), 8);
        assert_eq!(tags.iter().position(|other| other == one), Some(index));
    }
}
