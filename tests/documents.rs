//! What the documents say of errors, tests and seeds, against what is there.
#![allow(clippy::expect_used, clippy::panic)]

use otrs_auth::protocol::ErrorCode;
use otrs_auth::protocol::record::Record;

const LOADER: [&str; 4] = ["wasm_blocked", "wasm_unavailable", "browser_required", "browser_too_old"];

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
fn the_loader_words_an_error_of_our_own_as_the_core_does() {
    let loader = include_str!("../src/npm/error.js");
    let (code, message) = (ErrorCode::InternalError.code(), ErrorCode::InternalError.message());
    assert!(loader.contains(&format!("\"{code}\"")) && loader.contains(&format!("\"{message}\"")));
}

#[test]
fn the_mock_session_words_every_error_as_the_core_does() {
    let table = include_str!("../src/npm/mock-codes.js");
    let quoted = |text: &str| if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") };
    for code in ErrorCode::ALL {
        let remedy = Some(code.remedy()).filter(|text| !text.is_empty()).map(|text| format!(", {}", quoted(text)));
        let (retry, message) = (code.retryable(), quoted(code.message()));
        let line = format!("  {}: [{retry}, {message}{}],", code.code(), remedy.unwrap_or_default());
        assert!(table.contains(&line), "missing: {line}");
    }
    let written: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": [")).map(|pair| pair.0).collect();
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

#[test]
fn the_readme_shows_the_figures_that_were_measured_last() {
    let (readme, measured) = (include_str!("../README.md"), include_str!("../docs/bench.md"));
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let (_, speed) = readme.split_once("\n## Speed").expect("the section");
    let (speed, _) = speed.split_once("\n## ").expect("another section");
    let (_, middle) = measured.split_once("**40 ms round trip**").expect("the distance");
    let (middle, _) = middle.split_once("\n**").expect("another distance");
    let mut rows = 0;
    for line in speed.lines().filter(|line| line.contains(" · ") && line.starts_with("| ")) {
        let shown = cells(line);
        let found = middle.lines().map(cells).find(|row| row.get(1) == shown.get(1)).expect("the row");
        for (shown, found) in shown.iter().zip(&found).skip(2).filter(|(shown, _)| !shown.is_empty()) {
            // `233 · 0` of `233 (201–266) · 0 · 1 · 46.3; ×1.00, +61`.
            let ms = found.split(' ').next().unwrap_or_default();
            let requests = found.split(" · ").nth(1).unwrap_or_default();
            assert_eq!(*shown, format!("{ms} · {requests}"), "{line}");
        }
        rows += 1;
    }
    assert_eq!(rows, middle.lines().filter(|line| line.contains(" · ")).count());
    let about = |text: &str| text.lines().find(|line| line.contains("rounds, Chrome")).unwrap_or_default().to_owned();
    let (_, versions) =
        about(measured).split_once(": ").map(|(date, rest)| (date.to_owned(), rest.to_owned())).expect("versions");
    assert!(about(readme).contains(versions.trim_end_matches('.')), "another run: {versions}");
}

/// Where tests of a level are.
const LEVELS: [(&str, &str); 4] =
    [("host", "src"), ("browser", "tests/browser"), ("attacks", "tests/hostile"), ("flows", "tests/flows")];

/// How many demands and attacks the checklist has.
const ROWS: (usize, usize) = (78, 33);

#[test]
fn each_row_of_the_checklist_has_its_tests() {
    let security = include_str!("../SECURITY.md");
    let rows: Vec<Vec<&str>> = security
        .lines()
        .filter(|line| line.starts_with("| C-") || line.starts_with("| A-"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let count = |letter: &str| rows.iter().filter(|row| row.get(1).is_some_and(|id| id.starts_with(letter))).count();
    assert_eq!((count("C-"), count("A-")), ROWS);
    for row in &rows {
        let [_, id, what, places, _] = row.as_slice() else { panic!("not a row: {row:?}") };
        if what.starts_with("does not apply: ") {
            assert!(what.len() > 20 && places.is_empty(), "{id} needs a reason and no place");
            continue;
        }
        assert!(!places.is_empty(), "{id} is shown nowhere");
        let name = format!("{}_", id.to_lowercase().replace('-', "_"));
        for place in places.split(", ") {
            let folder = LEVELS.iter().find(|(level, _)| *level == place).expect("a level").1;
            assert!(has_test(std::path::Path::new(folder), &name), "{id} has no test in {folder}");
        }
    }
}

/// Whether a test's name holds this, at its start or after another id.
fn has_test(folder: &std::path::Path, name: &str) -> bool {
    let entries = std::fs::read_dir(folder).expect("a folder of tests");
    entries.map(|entry| entry.expect("an entry").path()).any(|path| {
        if path.is_dir() {
            return has_test(&path, name);
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let lines: Vec<&str> = code.filter(|line| line.contains("fn ") || line.contains('"')).collect();
        let is_rust = path.extension().is_some_and(|end| end == "rs");
        is_rust
            && lines
                .iter()
                .any(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| is_named(word, name)))
    })
}

fn is_named(word: &str, name: &str) -> bool {
    word.starts_with(name) || word.contains(&format!("_{name}"))
}

#[test]
fn seeds_of_the_fuzzer_are_read_as_records() {
    let seeds = std::fs::read_dir("tests/fuzz/corpus/record").expect("the seeds");
    let live = seeds.filter(|seed| {
        let text = std::fs::read_to_string(seed.as_ref().expect("a seed").path()).unwrap_or_default();
        matches!(Record::from_text(&text), Some(Record::Live(_)))
    });
    assert!(live.count() >= 2, "names have changed, and the seeds have not");
}
