//! The scripts of the package: what each is built from.

/// One script of the package.
pub struct Entry {
    /// Its file in the package.
    pub file: &'static str,
    /// Where it begins, in `src/npm`.
    pub source: &'static str,
    /// How it is loaded.
    pub form: Form,
    /// Where it has its WebAssembly.
    pub wasm: Wasm,
    /// The language that it may use, in esbuild's words.
    pub target: &'static str,
    /// Imports that stay imports: `./index.js`, which is in the package once, and what the front end has of its own.
    pub external: &'static [&'static str],
}

/// How a script is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By `import`.
    Module,
    /// By `<script>`; all of it is ES5 (`classic.rs`).
    Classic,
}

/// Where a script has its WebAssembly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wasm {
    /// In files of its own, of which it fetches one.
    Beside,
    /// In itself: the module with everything.
    Inside,
}

/// What browsers and bundlers of today read.
const MODULE: Entry =
    Entry { file: "", source: "", form: Form::Module, wasm: Wasm::Beside, target: "es2022", external: &[] };

/// All of them.
pub const ENTRIES: [Entry; 6] = [
    Entry { file: "index.js", source: "index.js", ..MODULE },
    // Also what webpack 4 takes, which reads nothing newer.
    Entry { file: "inline.js", source: "index.js", wasm: Wasm::Inside, target: "es2018", ..MODULE },
    Entry {
        file: "otrs-auth.classic.js",
        source: "classic.js",
        form: Form::Classic,
        wasm: Wasm::Inside,
        target: "es5",
        ..MODULE
    },
    Entry { file: "vue.js", source: "vue.js", external: &["./index.js", "vue"], ..MODULE },
    Entry { file: "keycloak-js.js", source: "keycloak-js.js", external: &["./index.js"], ..MODULE },
    Entry { file: "mock.js", source: "mock.js", external: &["./index.js"], ..MODULE },
];
