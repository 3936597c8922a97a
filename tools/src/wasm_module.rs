//! Reads a wasm module for the size check: its sections, the size of each function, its imports, and
//! which crate each of them comes from.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Crates of the standard library and its own dependencies.
const STANDARD: [&str; 10] = [
    "__rustc",
    "std",
    "core",
    "alloc",
    "compiler_builtins",
    "dlmalloc",
    "hashbrown",
    "panic_abort",
    "rustc_demangle",
    "std_detect",
];

/// What there is to know about a module.
#[derive(Default)]
pub struct Module {
    /// Name and size of every section, in order.
    pub sections: Vec<(String, usize)>,
    /// Name and size of every function with a body. The name is empty if the module has none.
    pub functions: Vec<(String, usize)>,
    /// Names of the imported functions.
    pub imports: Vec<String>,
    /// Contents of the custom sections.
    custom: Vec<(String, Vec<u8>)>,
}

impl Module {
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("{} is missing: build first", file.display()))?;
        Self::parse(&bytes).with_context(|| format!("{} is not a wasm module", file.display()))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let mut module = Self::default();
        let mut bodies = Vec::new();
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                module.sections.push((section_name(id, &payload), length(&range)));
            }
            match payload {
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let import = import?;
                        if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            module.imports.push(import.name.to_string());
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => bodies.push(length(&body.range())),
                Payload::CustomSection(section) => {
                    module.custom.push((section.name().to_string(), section.data().to_vec()));
                    if let KnownCustom::Name(reader) = section.as_known() {
                        for part in reader {
                            if let Name::Function(map) = part? {
                                for naming in map {
                                    let naming = naming?;
                                    names.insert(naming.index, without_hashes(naming.name));
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        // Functions are numbered after the imported ones.
        let first = module.imports.len();
        for (position, size) in bodies.into_iter().enumerate() {
            let index = u32::try_from(first + position).unwrap_or(u32::MAX);
            module.functions.push((names.remove(&index).unwrap_or_default(), size));
        }
        Ok(module)
    }

    /// Bytes of code per crate, largest first.
    pub fn code_by_crate(&self) -> Vec<(String, usize)> {
        self.code_by(|function| Some(crate_of(function)))
    }

    /// Bytes of code per what `of` says of a function's name, largest first.
    pub fn code_by(&self, of: impl Fn(&str) -> Option<String>) -> Vec<(String, usize)> {
        let mut sums: BTreeMap<String, usize> = BTreeMap::new();
        for (name, size) in &self.functions {
            if let Some(group) = of(name) {
                *sums.entry(group).or_default() += size;
            }
        }
        let mut list: Vec<_> = sums.into_iter().collect();
        list.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        list
    }

    /// How many functions are of this crate or made for one of its types or traits.
    pub fn functions_of(&self, crate_name: &str) -> usize {
        let name = crate_name.replace('-', "_");
        // serde is a name for serde_core, where its code is.
        let core = format!("{name}_core");
        let mentions = |function: &str| crates_in(function).any(|found| found == name || found == core);
        self.functions.iter().filter(|(function, _)| mentions(function)).count()
    }

    /// Whether the line tables say that code of this crate was compiled in, inlined or not.
    pub fn has_lines_of(&self, crate_name: &str, version: &str) -> bool {
        let folder = format!("/{crate_name}-{version}/");
        self.custom.iter().any(|(name, data)| name.starts_with(".debug_") && contains(data, folder.as_bytes()))
    }

    /// The crate that declared an import. wasm-bindgen notes, for each block of declarations, the
    /// names of its imports and after them the name of the crate with a hash.
    pub fn declaring_crate(&self, import: &str) -> Option<String> {
        let (_, notes) = self.custom.iter().find(|(name, _)| name == "__wasm_bindgen_unstable")?;
        let at = position(notes, import.as_bytes())? + import.len();
        let text = String::from_utf8_lossy(notes.get(at..)?);
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).find_map(crate_with_hash)
    }
}

fn section_name(id: u8, payload: &Payload<'_>) -> String {
    if let Payload::CustomSection(section) = payload {
        return format!("custom {}", section.name());
    }
    let name = match id {
        1 => "types",
        2 => "imports",
        3 => "functions",
        4 => "tables",
        5 => "memory",
        6 => "globals",
        7 => "exports",
        8 => "start",
        9 => "elements",
        10 => "code",
        11 => "data",
        12 => "data count",
        _ => "other",
    };
    name.to_string()
}

/// Never more than the file has bytes, which are in memory.
fn length(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

fn position(data: &[u8], wanted: &[u8]) -> Option<usize> {
    data.windows(wanted.len()).position(|window| window == wanted)
}

fn contains(data: &[u8], wanted: &[u8]) -> bool {
    position(data, wanted).is_some()
}

/// `js-sys-0123456789abcdef` → `js-sys`.
fn crate_with_hash(word: &str) -> Option<String> {
    let (name, hash) = word.rsplit_once('-')?;
    let is_hash = hash.len() >= 16 && hash.get(..16)?.chars().all(|c| c.is_ascii_hexdigit());
    (is_hash && !name.is_empty()).then(|| name.to_string())
}

/// `core[7d702c873968afe]::num` → `core::num`.
fn without_hashes(function: &str) -> String {
    let mut text = String::new();
    for part in function.split('[') {
        match part.split_once(']') {
            Some((hash, rest)) if hash.len() > 8 && hash.chars().all(|c| c.is_ascii_hexdigit()) => text += rest,
            _ if text.is_empty() => text += part,
            _ => text = text + "[" + part,
        }
    }
    text
}

/// First parts of the paths in a function's name: `<a::B as c::D>::e` → a, c.
fn crates_in(function: &str) -> impl Iterator<Item = &str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    function.split(move |c| !is_path(c)).filter_map(|path| {
        let (first, _) = path.split_once("::")?;
        (!first.is_empty()).then_some(first)
    })
}

/// The crate to which a function's bytes are charged: ours if it is made for one of our types, else
/// the first in its name that is not the standard library.
pub fn crate_of(function: &str) -> String {
    if function.is_empty() {
        return "(without a name)".to_string();
    }
    let all: Vec<&str> = crates_in(function).collect();
    if all.is_empty() {
        return "(exports, shims, allocator)".to_string();
    }
    if all.contains(&"otrs_auth") {
        return "otrs_auth".to_string();
    }
    let foreign = all.into_iter().find(|name| !STANDARD.contains(name));
    foreign.unwrap_or("std").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_charged_to_the_first_crate_outside_std() {
        assert_eq!(crate_of("core::ptr::drop_in_place<serde_wasm_bindgen::Error>"), "serde_wasm_bindgen");
        assert_eq!(crate_of("<alloc::vec::Vec<u8> as core::clone::Clone>::clone"), "std");
        assert_eq!(crate_of("js_sys::futures::spawn<otrs_auth::client::run>"), "otrs_auth");
        assert_eq!(crate_of("__wbindgen_malloc"), "(exports, shims, allocator)");
        assert_eq!(crate_of(""), "(without a name)");
    }

    #[test]
    fn hashes_of_crates_are_left_out_of_names() {
        assert_eq!(without_hashes("<[u8] as core[7d702c873968afe]::fmt::Debug>"), "<[u8] as core::fmt::Debug>");
        assert_eq!(without_hashes("<[u8; 4]>::f"), "<[u8; 4]>::f");
    }

    #[test]
    fn crates_are_known_by_name_and_hash() {
        assert_eq!(crate_with_hash("js-sys-0123456789abcdef"), Some("js-sys".to_string()));
        assert_eq!(crate_with_hash("__wbg_fetch_0123456789abcdef"), None);
        assert_eq!(crate_with_hash("not-a-hash"), None);
    }

    #[test]
    fn an_empty_module_has_nothing() {
        let module = Module::parse(b"\0asm\x01\0\0\0").expect("the smallest module there is");
        assert!(module.sections.is_empty() && module.functions.is_empty() && module.imports.is_empty());
        assert!(Module::parse(b"<html>").is_err());
    }
}
