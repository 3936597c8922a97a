//! The scripts of the package: what each is built from.

/// One script of the package.
pub struct Entry {
    /// Its file in the package.
    pub file: &'static str,
    /// Where it begins, in `src/npm`.
    pub source: &'static str,
    /// esbuild's word for its form: `esm` or `iife`.
    pub format: &'static str,
    /// The language that it may use, in esbuild's words.
    pub target: &'static str,
    /// Imports that stay imports: `./index.js`, which is in the package once, and what the front end has of its own.
    pub external: &'static [&'static str],
}

/// What most browsers and bundlers read.
const MODULE: Entry = Entry { file: "", source: "", format: "esm", target: "es2022", external: &[] };

/// All of them.
pub const ENTRIES: [Entry; 1] = [Entry { file: "index.js", source: "index.js", ..MODULE }];
