//! What is written of the error codes, against the codes themselves.
#![allow(clippy::expect_used)]

use otrs_auth::protocol::ErrorCode;

const LOADER: [&str; 3] = ["wasm_blocked", "wasm_unavailable", "browser_required"];

fn codes() -> Vec<&'static str> {
    ErrorCode::ALL.iter().map(|code| code.code()).chain(LOADER).collect()
}

#[test]
fn the_types_list_every_code_and_no_other() {
    let types = include_str!("../src/npm/index.d.ts");
    let (_, union) = types.split_once("export type AuthErrorCode =").expect("the union of codes");
    let written: Vec<&str> =
        union.lines().filter_map(|line| line.trim().strip_prefix("| \"")?.split('"').next()).collect();
    assert_eq!(written, codes());
}

#[test]
fn the_readme_lists_every_code_with_its_sentence() {
    let readme = include_str!("../README.md");
    for code in ErrorCode::ALL {
        let retry = if code.retryable() { "yes" } else { "" };
        let row = format!("| `{}` | {retry} | {} |", code.code(), code.message());
        assert!(readme.contains(&row), "missing: {row}");
    }
}
