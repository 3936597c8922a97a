//! Every error with its sentence and remedy: a table for people, and the words of the doctor page, with what else it has
//! to know of the realms.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};
use otrs_auth::protocol::ErrorCode;
use serde_json::json;

use crate::keycloak::VERSION;
use crate::process::root;
use crate::realms::{AGENTS, APP, CUSTOMERS, MAPPED};

/// Errors that JavaScript makes, before there is any WebAssembly.
const OF_THE_LOADER: [&str; 3] = ["wasm_blocked", "wasm_unavailable", "browser_required"];

/// What the letters in braces of a remedy stand for (`src/protocol/remedy.rs`), as people read it.
const NAMES: [(&str, &str); 7] = [
    ("{r}", "‹realm›"),
    ("{c}", "‹client›"),
    ("{u}", "‹redirect URI›"),
    ("{o}", "‹this page's origin›"),
    ("{i}", "‹authority›/realms/‹realm›"),
    ("{a}", "‹authority›"),
    ("{s}", "‹subject›"),
];

/// One error; the remedy is empty where nobody but the user or time can help.
struct Error {
    code: String,
    message: String,
    remedy: String,
    retryable: bool,
}

fn all() -> Result<Vec<Error>> {
    let core = ErrorCode::ALL.iter().map(|code| {
        Ok(Error {
            code: code.code().into(),
            message: code.message().into(),
            remedy: code.remedy().into(),
            retryable: code.retryable(),
        })
    });
    let scripts = scripts()?;
    let loader = OF_THE_LOADER.iter().map(|code| of_the_loader(&scripts, code));
    core.chain(loader).chain([of_the_classic_script(&scripts)]).collect()
}

/// The package's own scripts, one after the other.
fn scripts() -> Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("src/npm"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "js") {
            files.push(path);
        }
    }
    files.sort();
    let texts: std::io::Result<Vec<String>> = files.iter().map(fs::read_to_string).collect();
    Ok(texts?.concat())
}

/// Reads `"code", "sentence", subject, "remedy" or null or REMEDY, retryable`.
fn of_the_loader(scripts: &str, code: &str) -> Result<Error> {
    let (_, after) = scripts
        .split_once(&format!("\"{code}\","))
        .with_context(|| format!("no script of the package makes the error {code}"))?;
    let (message, after) = argument(after);
    let (_, after) = argument(after);
    let (remedy, after) = argument(after);
    let (retryable, _) = argument(after);
    let remedy = match remedy {
        "null" => "",
        // Of `wasm.js`, which comes last; the one in `embedded.js` takes its place in scripts with the WebAssembly inside.
        "REMEDY" => after_last(scripts, "export const REMEDY = ")?,
        text => text,
    };
    Ok(Error { code: code.into(), message: message.into(), remedy: remedy.into(), retryable: retryable == "true" })
}

/// Reads the fields that `classic.js` sets one by one.
fn of_the_classic_script(scripts: &str) -> Result<Error> {
    let field = |name: &str| after_last(scripts, &format!("this.{name} = "));
    let message = [field("message")?, "{s}."].concat();
    let code = field("code").context("classic.js has no code")?.into();
    Ok(Error { code, message, remedy: field("remedy")?.into(), retryable: false })
}

/// The text that stands in quotes after the last of these.
fn after_last<'a>(scripts: &'a str, start: &str) -> Result<&'a str> {
    let found = scripts.rsplit(&format!("{start}\"")).next().filter(|rest| rest.len() < scripts.len());
    Ok(found.with_context(|| format!("no script of the package has {start}"))?.split('"').next().unwrap_or_default())
}

/// The next argument of a call, and what follows it. Texts have no quotes in them.
fn argument(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches([' ', '\n', ',']);
    match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or_default(),
        None => text.split_at(text.find([',', ')']).unwrap_or(text.len())),
    }
}

/// `docs/errors.md`
pub fn table() -> Result<String> {
    let mut out = String::from(
        "# Errors\n\n<!-- Made by `npm run docs` from src/protocol/error.rs: change it there. -->\n\n\
         Everything that otrs-auth throws or reports is an `AuthError` with a `code` that does not change, a sentence (`message`),\n\
         `subject` (what it is about), `remedy` (what an administrator can do, with the names filled in) and `retryable` (the same call\n\
         may succeed later with nothing changed). Without a remedy nobody but the user or time can help. The doctor page (`www/doctor`)\n\
         finds most of what has one before users do.\n\n\
         | code | retry | meaning | remedy |\n|---|---|---|---|\n",
    );
    for Error { code, mut message, mut remedy, retryable } in all()? {
        for (letter, name) in NAMES {
            remedy = remedy.replace(letter, name);
            message = message.replace(letter, name);
        }
        let retry = if retryable { "yes" } else { "" };
        writeln!(out, "| `{code}` | {retry} | {message} | {remedy} |")?;
    }
    Ok(out)
}

/// `www/doctor/words.js`
pub fn words() -> Result<String> {
    let mut out = String::from(
        "// Made by `npm run docs` from src/protocol/error.rs and the loader: change it there.\n\n\
         /** Of each error its sentence and its remedy; letters in braces stand for names, see say.js. */\nexport const WORDS = {\n",
    );
    for Error { code, message, remedy, .. } in all()? {
        writeln!(out, "  {code}: [{}, {}],", json!(message), json!(remedy))?;
    }
    let preset = |realm: crate::realms::Realm| json!({ "realm": realm.name, "client": APP, "role": realm.role });
    write!(
        out,
        "}};\n\n/** What the realm files call things. */\nexport const PRESETS = {};\n\n\
         /** What OTRS reads of customers. */\nexport const CUSTOMER_CLAIMS = {};\n\nexport const KEYCLOAK_VERSION = {};\n",
        json!({ "agent": preset(AGENTS), "customer": preset(CUSTOMERS) }),
        json!(MAPPED),
        json!(VERSION)
    )?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_loader_are_read_with_their_remedies() {
        let all = all().unwrap();
        let find = |code: &str| all.iter().find(|error| error.code == code).unwrap();
        let blocked = find("wasm_blocked");
        assert!(blocked.message.starts_with("This page's") && blocked.remedy.contains("'wasm-unsafe-eval'"));
        assert!(!blocked.retryable && find("wasm_unavailable").retryable);
        assert!(find("wasm_unavailable").remedy.contains("wasmUrl"));
        assert_eq!((find("browser_required").remedy.as_str(), all.len()), ("", ErrorCode::ALL.len() + 4));
        let old = find("browser_too_old");
        assert!(old.message.contains("it lacks: {s}.") && old.remedy.contains("three years"));
    }

    #[test]
    fn every_letter_of_a_remedy_has_a_name() {
        let table = table().unwrap();
        assert!(!table.contains(['{', '}']), "{table}");
        assert!(table.contains("‹client›") && table.lines().filter(|line| line.starts_with("| `")).count() > 60);
    }
}
