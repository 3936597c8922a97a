//! `docs/api.md`: the package's types and what their comments say. It reads what `src/npm/index.d.ts` consists of, and
//! refuses what it does not know.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::root;

const TYPES: &str = "src/npm/index.d.ts";

/// A union longer than this is a list, and has a document of its own.
const LONG: usize = 30;

/// A declaration or a member, with its comment.
struct Item {
    comment: String,
    /// Without comments, on one line as far as the members.
    signature: String,
    /// As written, for types.
    source: String,
    members: Vec<Item>,
}

/// `docs/api.md`
pub fn reference() -> Result<String> {
    let text = fs::read_to_string(root().join(TYPES)).with_context(|| format!("{TYPES} cannot be read"))?;
    let mut out = format!("# API\n\n<!-- Made by `npm run docs` from {TYPES}: change it there. -->\n");
    for item in items(&text)? {
        if item.signature.is_empty() {
            write!(out, "\n{}\n", prose(&item.comment))?;
            continue;
        }
        let signature = item.signature.strip_prefix("export ").unwrap_or(&item.signature);
        write!(out, "\n## {}\n", name(signature))?;
        if !item.comment.is_empty() {
            write!(out, "\n{}\n", prose(&item.comment))?;
        }
        declaration(&mut out, &item, signature)?;
    }
    Ok(out)
}

fn declaration(out: &mut String, item: &Item, signature: &str) -> Result<()> {
    if signature.starts_with("interface ") || signature.starts_with("class ") {
        out.push('\n');
        return members(out, &item.members, "");
    }
    if item.source.lines().count() > LONG {
        return Ok(write!(out, "\nAll of them are in [errors.md](errors.md).\n")?);
    }
    let source = item.source.strip_prefix("export ").unwrap_or(&item.source);
    Ok(write!(out, "\n```ts\n{}\n```\n", without_links(source))?)
}

fn members(out: &mut String, items: &[Item], indent: &str) -> Result<()> {
    for item in items {
        write!(out, "{indent}- `{}`", item.signature)?;
        let comment = prose(&item.comment).replace('\n', &format!("\n{indent}  "));
        if !comment.is_empty() {
            write!(out, "  \n{indent}  {comment}")?;
        }
        out.push('\n');
        members(out, &item.members, &format!("{indent}  "))?;
    }
    Ok(())
}

/// `createSession` of `function createSession(…)`.
fn name(signature: &str) -> &str {
    let rest = signature.split_once(' ').map_or(signature, |(_, rest)| rest);
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// What stands at one level: comments, each with the statement that follows it, if one does at once.
fn items(text: &str) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    let mut comment: Option<String> = None;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("/**") {
            let (inside, after) = after.split_once("*/").context("a comment has no end")?;
            // The one before is about the whole file.
            found.extend(comment.replace(plain(inside)).map(lone));
            rest = after.trim_start();
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
            continue;
        }
        let end = end_of_statement(rest)?;
        let (statement, after) = rest.split_at(end);
        found.push(item(comment.take().unwrap_or_default(), statement.trim_end())?);
        rest = after.trim_start();
    }
    Ok(found)
}

fn lone(comment: String) -> Item {
    Item { comment, signature: String::new(), source: String::new(), members: Vec::new() }
}

fn item(comment: String, statement: &str) -> Result<Item> {
    let source = statement.trim_end_matches(';').to_string();
    let is_type = statement.starts_with("export type ");
    let is_body = statement.ends_with('}') || statement.ends_with("};");
    let (head, members) = match source.split_once('{').filter(|(head, _)| is_body && !is_type && !head.contains('(')) {
        Some((head, body)) => (head.trim_end().trim_end_matches(':').to_string(), items(body.trim_end_matches('}'))?),
        None => (source.clone(), Vec::new()),
    };
    let signature = head.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(", )", ")");
    Ok(Item { comment, signature, source, members })
}

/// Where a statement ends: behind its semicolon, or behind the brace of its body. A comment in it ends nothing.
fn end_of_statement(text: &str) -> Result<usize> {
    let is_block = text.starts_with("export interface ") || text.starts_with("export class ");
    let (mut depth, mut comment) = (0_usize, false);
    for (at, sign) in text.char_indices() {
        let here = text.get(at..).unwrap_or_default();
        match sign {
            '/' if here.starts_with("/*") => comment = true,
            '/' if text.get(..at).is_some_and(|before| before.ends_with('*')) => comment = false,
            _ if comment => {}
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = if is_block { sign == '}' } else { sign == ';' };
        if ends && depth == 0 && !comment {
            return Ok(at + 1);
        }
    }
    bail!("a statement has no end: {}", text.lines().next().unwrap_or_default())
}

/// The text of a comment, without its stars.
fn plain(comment: &str) -> String {
    let lines = comment.lines().map(|line| line.trim().trim_start_matches('*').trim());
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

/// Markdown of it: one paragraph is one line, links and tags are written out.
fn prose(comment: &str) -> String {
    let mut out = String::new();
    for line in comment.lines() {
        match line.strip_prefix("@throws {AuthError}") {
            Some(codes) => write!(out, "\nThrows `AuthError`:{codes}").unwrap_or_default(),
            None if line.is_empty() => out.push_str("\n\n"),
            None if out.is_empty() || out.ends_with('\n') => out.push_str(line),
            None => write!(out, " {line}").unwrap_or_default(),
        }
    }
    without_links(&out.trim().replace("\nThrows", "  \nThrows"))
}

fn without_links(text: &str) -> String {
    let mut text = text.to_string();
    while let Some((before, after)) = text.split_once("{@link ") {
        let Some((target, after)) = after.split_once('}') else { break };
        text = format!("{before}`{target}`{after}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "/** About the file. */\n\n/** What it takes. See {@link b}. */\nexport interface A {\n  /** One;\n   * and more. */\n  b?: string;\n  \
        c?: {\n    /** Deep. */\n    d: number;\n  };\n  e(f: { g: 1 },\n    h: 2,\n  ): void;\n}\nexport type T =\n  /** a; */\n  | \"a\"\n  // no\n  | \"b\";\n";

    #[test]
    fn members_are_found_at_every_level() {
        let items = items(SAMPLE).unwrap();
        let [file, a, t] = items.as_slice() else { panic!("{} items", items.len()) };
        assert_eq!((file.comment.as_str(), file.signature.as_str()), ("About the file.", ""));
        let signatures: Vec<&str> = a.members.iter().map(|member| member.signature.as_str()).collect();
        assert_eq!(signatures, ["b?: string", "c?", "e(f: { g: 1 }, h: 2): void"]);
        assert_eq!(a.members[1].members[0].signature, "d: number");
        assert_eq!(prose(&a.comment), "What it takes. See `b`.");
        assert_eq!(prose(&a.members[0].comment), "One; and more.");
        assert!(t.source.ends_with("| \"b\""), "{}", t.source);
    }

    #[test]
    fn everything_that_is_exported_is_described() {
        let reference = reference().unwrap();
        let types = fs::read_to_string(root().join(TYPES)).unwrap();
        for line in types.lines().filter(|line| line.starts_with("export ")) {
            let name = name(line.strip_prefix("export ").unwrap());
            assert!(reference.contains(&format!("\n## {name}\n")), "{name} is missing");
        }
        assert!(reference.contains("- `getToken(options?: TokenOptions): Promise<string>`"));
        assert!(!reference.contains("{@link") && !reference.contains("@throws"));
    }
}
