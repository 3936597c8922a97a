//! The samples of the documents are compiled against the packed types.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::bindings::{Settings, compile};
use crate::process::root;

/// What a compiler reads; a Vue component's script stands for it.
const COMPILED: [&str; 3] = ["ts", "js", "vue"];

/// What it does not; `text` and nothing are for what is no program.
const OTHERS: [&str; 9] = ["sh", "html", "xml", "nginx", "apache", "perl", "json", "mermaid", ""];

/// Made from the types and the errors, in their own words.
const GENERATED: [&str; 2] = ["api.md", "errors.md"];

/// One block of a document.
struct Sample {
    /// `<document>-<line>`
    name: String,
    language: String,
    text: String,
}

/// Compiles all of them in this folder. Says how many there are, and which blocks are in other languages.
pub fn check(folder: &Path) -> Result<String> {
    let mut samples = Vec::new();
    for document in documents()? {
        samples.extend(blocks(&document)?);
    }
    let (mut files, mut others) = (BTreeMap::from([("ts", Vec::new()), ("js", Vec::new())]), Vec::new());
    for sample in &samples {
        let language = sample.language.as_str();
        if !COMPILED.contains(&language) {
            ensure!(OTHERS.contains(&language), "{}: nobody compiles or knows the language {language}", sample.name);
            others.push(format!("{} {language}", sample.name));
            continue;
        }
        let kind = if language == "js" { "js" } else { "ts" };
        let file = format!("{}.{kind}", sample.name);
        // A sample is a module of its own, whether it imports anything or not.
        fs::write(folder.join(&file), format!("{}\nexport {{}};\n", program(sample)?))?;
        files.entry(kind).or_default().push(file);
    }
    let mut count = 0;
    for (kind, files) in files {
        ensure!(!files.is_empty(), "no document has a sample in {kind}");
        count += files.len();
        let mut all: Vec<&str> = files.iter().map(String::as_str).collect();
        all.extend(["samples.d.ts", "globals.ts"]);
        // In JavaScript nobody writes what strict types ask for.
        let settings = Settings { strict: kind == "ts", ..Settings::default() };
        compile(folder, &all, &settings, json!({})).with_context(|| format!("a sample in {kind}"))?;
    }
    Ok(format!("{count} samples compiled; of other languages: {}", others.join(", ")))
}

/// The README and the guides.
fn documents() -> Result<Vec<PathBuf>> {
    let mut all = vec![root().join("README.md")];
    for file in fs::read_dir(root().join("docs"))?.flatten().map(|file| file.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".md") && !GENERATED.contains(&&*name) {
            all.push(file);
        }
    }
    all.sort();
    Ok(all)
}

fn blocks(document: &Path) -> Result<Vec<Sample>> {
    let text = fs::read_to_string(document)?;
    let stem = document.file_stem().unwrap_or_default().to_string_lossy();
    let (mut found, mut open): (Vec<Sample>, Option<Sample>) = (Vec::new(), None);
    for (number, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(language), None) => {
                let name = format!("{stem}-{}", number + 1);
                open = Some(Sample { name, language: language.trim().to_owned(), text: String::new() });
            }
            (None, Some(sample)) => {
                sample.text.push_str(line);
                sample.text.push('\n');
            }
            (None, None) => {}
        }
    }
    ensure!(open.is_none(), "{}: a block has no end", document.display());
    Ok(found)
}

fn program(sample: &Sample) -> Result<&str> {
    if sample.language != "vue" {
        return Ok(&sample.text);
    }
    let script =
        sample.text.split_once("<script setup lang=\"ts\">").and_then(|(_, rest)| rest.split_once("</script>"));
    script.map(|(script, _)| script).with_context(|| format!("{} has no script in TypeScript", sample.name))
}
