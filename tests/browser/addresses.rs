//! Return addresses against the browser's own parser.

use otrs_auth::browser::location;
use otrs_auth::protocol::ErrorCode;
use otrs_auth::protocol::url::{api_address, return_url};
use wasm_bindgen_test::wasm_bindgen_test;

fn origin() -> String {
    location::parse(&location::href()).unwrap().origin
}

#[wasm_bindgen_test]
fn a_20_addresses_that_leave_the_origin_are_refused() {
    let origin = origin();
    let host = origin.trim_start_matches("http://");
    let blob = format!("blob:{origin}/0000");
    let credentials = format!("//evil@{host}/");
    let password = format!("http://a:b@{host}/x");
    for text in [
        "//e.example",
        "///e.example",
        "/\\e.example",
        "\\\\e.example",
        "\\/e.example",
        "/\t/e.example",
        "/\n/e.example",
        "\t//e.example",
        "  //e.example",
        "\0//e.example",
        "https:\\\\e.example",
        "//e\u{3002}com",
        "https://e.example/",
        "javascript:alert(1)",
        "JaVa\nScript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "about:blank",
        "file:///etc/passwd",
        blob.as_str(),
        credentials.as_str(),
        password.as_str(),
        "http://[",
    ] {
        let refused = return_url(text, &origin, &location::parse).map_err(|error| error.code());
        assert_eq!(refused, Err(ErrorCode::ReturnUrlRefused), "{text:?}");
    }
}

#[wasm_bindgen_test]
fn a_20_addresses_of_ours_stay_ours() {
    let origin = origin();
    for text in ["/ticket/42?a=1;b=2#Ünï", "?x", "#y", "/..//evil", "/.//evil", "..//evil", "/%2F%2Fevil", ""] {
        let href = return_url(text, &origin, &location::parse).expect("ours");
        assert!(href.starts_with(&format!("{origin}/")), "{text:?} gave {href}");
        // What is navigated to is the whole address; parsed once more it is still ours.
        assert_eq!(location::parse(&href).unwrap().origin, origin);
    }
}

#[wasm_bindgen_test]
fn c_83_the_token_goes_to_exact_origins_only() {
    let allowed = "https://other.example.com https://api.example.com ";
    for (text, ours) in [
        ("https://api.example.com/x", true),
        ("https://API.example.com:443/x", true),
        ("http://api.example.com/x", false),
        ("https://api.example.com:8443/x", false),
        ("https://api.example.com.evil.example/", false),
        ("https://api.example.com@evil.example/", false),
        ("https://user@api.example.com/", false),
        ("/x", false),
    ] {
        let url = location::parse(text);
        assert_eq!(api_address(url.as_ref(), allowed).is_ok(), ours, "{text}");
    }
}
