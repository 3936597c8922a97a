//! Shortens the names that the wasm and its JavaScript glue call each other by. wasm-bindgen ends each in a
//! hash, so they are what compresses worst, and they stand in both files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const HEADER: usize = 8;

/// What the functions are imported from instead.
const ORIGIN: &str = "a";

/// New names by old ones.
type Names = BTreeMap<String, String>;

/// Rewrites both files.
pub fn shorten(wasm: &Path, glue: &Path) -> Result<()> {
    let (module, names) = module(&fs::read(wasm)?).context("the imports or exports of the wasm cannot be read")?;
    let script = script(&fs::read_to_string(glue)?, &names)?;
    fs::write(wasm, module)?;
    fs::write(glue, script)?;
    Ok(())
}

/// What was renamed.
#[derive(Default)]
struct Renamed {
    /// What all functions are imported from.
    origin: String,
    imports: Names,
    exports: Names,
}

/// The module under its new names, and the names.
fn module(bytes: &[u8]) -> Result<(Vec<u8>, Renamed)> {
    let mut out = bytes.get(..HEADER).context("no header")?.to_vec();
    let mut names = Renamed::default();
    let mut input = Input(bytes.get(HEADER..).unwrap_or_default());
    while !input.0.is_empty() {
        let id = input.byte()?;
        let size = input.number()?;
        let section = input.take(size)?;
        let renamed = match id {
            IMPORTS => imports(Input(section), &mut names)?,
            EXPORTS => exports(Input(section), &mut names)?,
            _ => section.to_vec(),
        };
        out.push(id);
        push_bytes(&mut out, &renamed);
    }
    Ok((out, names))
}

fn imports(mut input: Input<'_>, names: &mut Renamed) -> Result<Vec<u8>> {
    let count = input.number()?;
    let mut out = Vec::new();
    push_number(&mut out, count);
    for index in 0..count {
        names.origin = input.text()?;
        let name = input.text()?;
        let short = short(index);
        push_bytes(&mut out, ORIGIN.as_bytes());
        push_bytes(&mut out, short.as_bytes());
        names.imports.insert(name, short);
        out.push(input.byte()?);
        if out.last() != Some(&0) {
            bail!("something else than a function is imported");
        }
        push_number(&mut out, input.number()?);
    }
    Ok(out)
}

fn exports(mut input: Input<'_>, names: &mut Renamed) -> Result<Vec<u8>> {
    let count = input.number()?;
    let mut out = Vec::new();
    push_number(&mut out, count);
    for index in 0..count {
        let name = input.text()?;
        let short = short(index);
        push_bytes(&mut out, short.as_bytes());
        names.exports.insert(name, short);
        out.push(input.byte()?);
        push_number(&mut out, input.number()?);
    }
    Ok(out)
}

/// `a` to `z`, then `aa` and so on.
fn short(index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
    let before = if index < 26 { String::new() } else { short(index / 26 - 1) };
    format!("{before}{letter}")
}

/// The glue under the new names: imports are members of one object, exports members of `wasm`.
fn script(text: &str, names: &Renamed) -> Result<String> {
    let mut out = String::new();
    let mut found = 0;
    // Every piece is a word with what stands before it.
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, after) = rest.split_at(start);
        let (word, after) = after.split_at(after.find(|c| !is_word(c)).unwrap_or(after.len()));
        out.push_str(before);
        match (names.exports.get(word), names.imports.get(word)) {
            (Some(short), _) if out.ends_with("wasm.") => out.push_str(short),
            (_, Some(short)) if after.starts_with(": function") => {
                out.push_str(short);
                found += 1;
            }
            _ => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    if found != names.imports.len() {
        bail!("the glue of wasm-bindgen has another form than expected: {found} imports were found in it");
    }
    Ok(out.replace(&format!("\"{}\"", names.origin), &format!("\"{ORIGIN}\"")))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// Bytes that are still to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("it ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// LEB128: seven bits a byte, the lowest first.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        bail!("a number is too long")
    }

    fn text(&mut self) -> Result<String> {
        let length = self.number()?;
        Ok(String::from_utf8(self.take(length)?.to_vec())?)
    }
}

fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::{Renamed, module, script};

    /// A header, an import `(a-long-origin, __wbg_now_0123)` of a function and an export `memory`.
    fn sample() -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(b"\x02\x20\x01\x0da-long-origin\x0e__wbg_now_0123\0\0");
        bytes.extend(b"\x07\x0a\x01\x06memory\x02\0");
        bytes
    }

    #[test]
    fn both_sides_get_the_same_names() {
        let (bytes, names) = module(&sample()).unwrap();
        assert_eq!(bytes, b"\0asm\x01\0\0\0\x02\x07\x01\x01a\x01a\0\0\x07\x05\x01\x01a\x02\0");
        let glue = "{ \"a-long-origin\": { __wbg_now_0123: function() {} } }; wasm.memory.buffer; memory; wasm";
        assert_eq!(script(glue, &names).unwrap(), "{ \"a\": { a: function() {} } }; wasm.a.buffer; memory; wasm");
    }

    #[test]
    fn a_glue_of_another_form_is_refused() {
        let (_, names) = module(&sample()).unwrap();
        assert!(script("{ __wbg_now_0123() {} }", &names).is_err());
        assert!(script("", &Renamed::default()).is_ok());
    }
}
