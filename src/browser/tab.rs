//! What one tab remembers over its page loads: `sessionStorage`.

use super::web;

fn run(name: &str, text: &str, recipe: &'static str) -> Option<String> {
    let scope = web::scope();
    web::set_text(&scope, "name", name);
    web::set_text(&scope, "text", text);
    web::run(&scope, recipe);
    web::get(&scope, "kept").as_string()
}

const READ: &str = r#"kept = sessionStorage.getItem ["@name"]"#;
const WRITE: &str = r#"_ = sessionStorage.setItem ["@name","@text"]
    kept = sessionStorage.getItem ["@name"]"#;
const TAKE: &str = r#"kept = sessionStorage.getItem ["@name"]
    _ = sessionStorage.removeItem ["@name"]"#;

/// The text under a name.
pub fn read(name: &str) -> Option<String> {
    run(name, "", READ)
}

/// Keeps a text. Answers whether it is really kept.
pub fn write(name: &str, text: &str) -> bool {
    run(name, text, WRITE).is_some_and(|kept| kept == text)
}

/// Takes a text out.
pub fn take(name: &str) -> Option<String> {
    run(name, "", TAKE)
}
