//! wasm-bindgen's glue keeps one instance of the WebAssembly in its variables, for ever. After a trap that
//! instance is unusable, and what the glue still holds of it must never meet the memory of the next one. So the
//! glue becomes a function, and every instance gets variables of its own.
//!
//! It also calls the page's globals by name, whatever they are by then. In ours it calls what they were when the
//! package was imported (`src/npm/originals.js`), and what touches the memory is ours altogether (`glue.js`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// From here on it loads the WebAssembly, which our loader does itself.
const LOADING: &str = "async function __wbg_load(";

/// What our loader needs of the rest.
const NEEDED: [&str; 4] = [
    "function __wbg_get_imports()",
    "function __wbg_finalize_init(instance, module)",
    "export function createSession(",
    "Closure(arg0, arg1, f) {\n",
];

/// What holds values and memory.
const OURS: &str = include_str!("glue.js");

/// Functions of wasm-bindgen's that only those call which we replace.
const UNUSED: [&str; 2] = ["decodeText", "getUint8ArrayMemory0"];

const ORIGINALS: &str = r#"import {
    apply, call, construct, create, encoder, entries, FinalizationRegistry, Float64Array, Int32Array, parse, Promise,
    read, setPrototypeOf, TextDecoder, Uint8Array, URL, write,
} from "./originals.js";
"#;

/// What is called, and what in its place.
const CALLS: [(&str, &str); 12] = [
    ("export function ", "function "),
    ("Reflect.get(", "read("),
    ("Reflect.set(", "write("),
    ("Reflect.", ""),
    ("Promise.withResolvers(", "withResolvers("),
    ("Object.create(", "create("),
    ("Object.entries(", "entries("),
    ("Object.setPrototypeOf(", "setPrototypeOf("),
    ("JSON.parse(", "parse("),
    ("new Object()", "{}"),
    ("globalThis.crypto.getRandomValues(", "call(read(globalThis, \"crypto\"), \"getRandomValues\", "),
    (
        "Uint8Array.prototype.set.call(getArrayU8FromWasm0(arg0, arg1), ",
        "call(getArrayU8FromWasm0(arg0, arg1), \"set\", ",
    ),
];

/// Rewrites the file.
pub fn per_instance(file: &Path) -> Result<()> {
    let script = function(&fs::read_to_string(file)?)?;
    fs::write(file, script)?;
    Ok(())
}

/// Functions that call closures are named by a hash, which is another one where the crate's features differ. Numbers in
/// its place let both modules have the same glue.
pub fn number_closures(file: &Path) -> Result<()> {
    let script = numbered(&fs::read_to_string(file)?);
    fs::write(file, script)?;
    Ok(())
}

fn numbered(glue: &str) -> String {
    const HASH: &str = "__invoke__h";
    let mut made = glue.to_owned();
    let mut number = 0;
    while let Some(start) = made.find(HASH) {
        let digits = made.split_at(start + HASH.len()).1.chars().take_while(char::is_ascii_hexdigit);
        let name: String = HASH.chars().chain(digits).collect();
        made = made.replace(&name, &format!("__invoke_{number}"));
        number += 1;
    }
    made
}

fn function(glue: &str) -> Result<String> {
    let (body, _) = glue.split_once(LOADING).context("the glue of wasm-bindgen does not load anything")?;
    for part in NEEDED {
        if !body.contains(part) {
            bail!("the glue of wasm-bindgen has another form than expected: it lacks \"{part}\"");
        }
    }
    // All JavaScript values that the instance holds: in a list of the glue, or in a table of the WebAssembly.
    let (values, ours) = if body.contains("let heap = ") {
        ("heap", OURS.to_owned())
    } else {
        let ours = OURS.replace("addHeapObject(problem)", "addToExternrefTable0(problem)");
        let start = "wasm = instance.exports;";
        let table =
            "Array.from({ length: wasm.__wbindgen_externrefs.length }, (_, i) => wasm.__wbindgen_externrefs.get(i))";
        (table, ours.replace(start, &[start, " wasm.__wbindgen_start();"].concat()))
    };
    let mut theirs = members(&functions(body, &ours).concat());
    for (call, original) in CALLS {
        theirs = theirs.replace(call, original);
    }
    Ok(format!(
        "{ORIGINALS}export function glue(guard) {{
{theirs}
{ours}
return {{
    imports: __wbg_get_imports(),
    start: (exports) => __wbg_finalize_init({{ exports }}),
    values: () => {values},
    createSession: guard(createSession),
}};
}}
"
    ))
}

/// The functions that are not ours. Everything between them is what ours bring along.
fn functions<'a>(body: &'a str, ours: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(start) = find_function(rest) {
        let (_, function) = rest.split_at(start);
        let (function, after) = function.split_at(function.find("\n}\n").map_or(function.len(), |end| end + 3));
        rest = after;
        let (declared, _) = function.split_once('(').unwrap_or_default();
        let name = declared.rsplit(' ').next().unwrap_or_default();
        if !UNUSED.contains(&name) && !ours.contains(&format!("function {name}(")) {
            found.push(function);
        }
    }
    found
}

/// Where the next function begins that is inside of no other.
fn find_function(text: &str) -> Option<usize> {
    let starts = ["function ", "export function "];
    let inside = starts.iter().filter_map(|start| text.find(&format!("\n{start}")).map(|at| at + 1)).min();
    if starts.iter().any(|start| text.starts_with(start)) { Some(0) } else { inside }
}

/// Members of values are looked up as they were: `getObject(arg0).name` becomes `read(getObject(arg0), "name")`.
fn members(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("getObject(arg") {
        let (before, found) = rest.split_at(start);
        let (value, after) = found.split_at(found.find(')').map_or(found.len(), |end| end + 1));
        let member = after.strip_prefix('.').unwrap_or_default();
        let (name, tail) = member.split_at(member.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or_default());
        out.push_str(before);
        if name.is_empty() {
            out.push_str(value);
            rest = after;
        } else if let Some(arguments) = tail.strip_prefix('(') {
            out.push_str(&format!("call({value}, \"{name}\", "));
            rest = arguments;
        } else {
            out.push_str(&format!("read({value}, \"{name}\")"));
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{LOADING, NEEDED, OURS, function, members, numbered};

    fn sample() -> String {
        let theirs = "function __wbg_get_imports() {\n    Reflect.get(getObject(arg0), 1);\n}\n";
        let rest = "function __wbg_finalize_init(instance, module) {\n    theirs;\n}\nlet heap = theirs;\n";
        let made = "export function createSession() {\n}\nfunction makeClosure(arg0, arg1, f) {\n    theirs;\n}\n";
        [theirs, rest, made, LOADING, ") {}"].concat()
    }

    #[test]
    fn nothing_is_left_outside_the_function() {
        let made = function(&sample()).unwrap();
        assert_eq!(made.matches("export ").count(), 1);
        assert!(made.contains("\nexport function glue(guard) {\n") && made.ends_with("}\n"));
        assert!(made.contains("values: () => heap,") && !made.contains(LOADING));
        let table = function(&sample().replace("let heap = ", "")).unwrap();
        assert!(table.contains("wasm.__wbindgen_externrefs.get(i)") && table.contains("addToExternrefTable0(problem)"));
    }

    #[test]
    fn what_touches_the_memory_is_ours_and_the_rest_calls_originals() {
        let made = function(&sample()).unwrap();
        assert!(made.contains(OURS) && !made.contains("theirs"));
        assert!(made.contains("function createSession() {\n}\n"));
        assert!(made.contains("    read(getObject(arg0), 1);"));
    }

    #[test]
    fn members_are_looked_up_as_they_were() {
        let text = "getObject(arg0).status; getObject(arg1).take(getObject(arg2), 1); getObject(arg3)[1];";
        let made = "read(getObject(arg0), \"status\"); call(getObject(arg1), \"take\", getObject(arg2), 1); getObject(arg3)[1];";
        assert_eq!(members(text), made);
    }

    #[test]
    fn closures_have_the_same_names_in_both_modules() {
        let glue =
            "make(a__invoke__h01ef); make(a__invoke__h22); function a__invoke__h01ef() {} function a__invoke__h22() {}";
        let made = "make(a__invoke_0); make(a__invoke_1); function a__invoke_0() {} function a__invoke_1() {}";
        assert_eq!(numbered(glue), made);
    }

    #[test]
    fn a_glue_of_another_form_is_refused() {
        assert!(function("").is_err());
        assert!(function(&[NEEDED[0], LOADING].concat()).is_err());
    }
}
