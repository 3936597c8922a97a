//! Any options: what is accepted leads to the one Keycloak, over TLS unless it may be otherwise, and back to this
//! page's origin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otrs_auth::protocol::authorization_request;
use otrs_auth::protocol::config::Config;
use otrs_auth::protocol::fields::Fields;
use otrs_auth::protocol::json;
use otrs_auth::protocol::url::Url;
use otrs_auth_fuzz::login::{ORIGIN, PAGE, STATE, entropy, resolve};
use otrs_auth_fuzz::oracle::{self, Tree};

fuzz_target!(|input: &[u8]| otrs_auth_fuzz::run(input, check));

fn check(input: &[u8]) {
    let (Some(options), Some(page)) = (json::parse(input), resolve(PAGE)) else { return };
    let Ok(config) = Config::read(&options, &page, &resolve) else { return };
    // Where theirs cannot read it there is a number beyond f64.
    let Some(options) = oracle::parse(input) else { return };

    let authority = address(&config.authority);
    let insecure = options.get("allowInsecureHttp") == Some(&Tree::Bool(true));
    assert!(authority.protocol == "https:" || authority.is_loopback() || insecure);
    assert_eq!(config.issuer, format!("{}/realms/{}", config.authority, config.realm));
    for endpoint in ["auth", "token", "certs"] {
        let endpoint = config.endpoint(endpoint);
        let url = address(&endpoint);
        assert!(url.origin == authority.origin && url.href == endpoint && !endpoint.contains(['?', '#']));
    }
    for uri in [&config.redirect_uri, &config.post_logout_redirect_uri] {
        assert!(address(uri).origin == ORIGIN && address(uri).href == *uri && !uri.contains(['#', '*']), "{uri}");
    }
    for origin in config.api_origins.split(' ').filter(|origin| !origin.is_empty()) {
        let url = address(origin);
        assert!(url.origin == origin && (url.protocol == "https:" || url.is_loopback()), "{origin}");
    }
    for ms in [config.request_timeout, config.navigation_timeout] {
        assert!((100..=120_000).contains(&ms));
    }
    for secret in ["clientSecret", "client_secret", "secret"] {
        assert!(options.get(secret).is_none());
    }
    leaves_well(&config, &authority);
}

fn address(text: &str) -> Url {
    let url = resolve(text).expect("an address");
    assert!(url.is_web() && !url.has_credentials, "{text}");
    url
}

/// The authorization request goes to that server, and no option overrides what secures it.
fn leaves_well(config: &Config, authority: &Url) {
    let verifier = entropy().expect("random bytes").verifier();
    let url = authorization_request::url(config, &Fields::default(), &verifier, STATE, "n");
    let url = url::Url::parse(&url).expect("an address");
    assert_eq!(url.origin().ascii_serialization(), authority.origin);
    assert_eq!(url.fragment(), None);
    for (name, value) in [
        ("response_type", "code"),
        ("response_mode", "fragment"),
        ("client_id", &config.client_id),
        ("redirect_uri", &config.redirect_uri),
        ("scope", &config.scope),
        ("state", STATE),
        ("nonce", "n"),
        ("code_challenge", &verifier.challenge()),
        ("code_challenge_method", "S256"),
    ] {
        let given: Vec<_> = url.query_pairs().filter(|(own, _)| own == name).map(|(_, value)| value).collect();
        assert_eq!(given, [value], "{name}");
    }
}
