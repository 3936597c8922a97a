//! wasm-bindgen's glue keeps one instance of the WebAssembly in its variables, for ever. After a trap that
//! instance is unusable, and what the glue still holds of it must never meet the memory of the next one. So the
//! glue becomes a function, and every instance gets variables of its own.

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
    CLOSURES,
];

/// What makes functions of closures: the end of its first line, and what comes next. `f` calls into the WebAssembly.
const CLOSURES: &str = "Closure(arg0, arg1, f) {\n";
const GUARDED: &str = "    f = guard(f);\n";

/// Rewrites the file.
pub fn per_instance(file: &Path) -> Result<()> {
    let script = function(&fs::read_to_string(file)?)?;
    fs::write(file, script)?;
    Ok(())
}

fn function(glue: &str) -> Result<String> {
    let (body, _) = glue.split_once(LOADING).context("the glue of wasm-bindgen does not load anything")?;
    for part in NEEDED {
        if !body.contains(part) {
            bail!("the glue of wasm-bindgen has another form than expected: it lacks \"{part}\"");
        }
    }
    // All JavaScript values that the instance holds: in a list of the glue, or in a table of the WebAssembly.
    let values = if body.contains("let heap = ") {
        "heap"
    } else {
        "Array.from({ length: wasm.__wbindgen_externrefs.length }, (_, i) => wasm.__wbindgen_externrefs.get(i))"
    };
    let body = body.replace("export function ", "function ").replace(CLOSURES, &[CLOSURES, GUARDED].concat());
    Ok(format!(
        "export function glue(guard) {{
{body}
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

#[cfg(test)]
mod tests {
    use super::{LOADING, NEEDED, function};

    #[test]
    fn nothing_is_left_outside_the_function() {
        let glue = [&NEEDED.join(" {}\nfunction make"), "}\nlet heap = [];\n", LOADING, ") {}"].concat();
        let made = function(&glue).unwrap();
        assert_eq!(made.matches("export ").count(), 1);
        assert!(made.starts_with("export function glue(guard) {") && made.ends_with("}\n"));
        assert!(made.contains("values: () => heap,") && !made.contains(LOADING));
        assert!(made.contains("function makeClosure(arg0, arg1, f) {\n    f = guard(f);\n}"));
        let table = function(&glue.replace("let heap = ", "")).unwrap();
        assert!(table.contains("wasm.__wbindgen_externrefs.get(i)"));
    }

    #[test]
    fn a_glue_of_another_form_is_refused() {
        assert!(function("").is_err());
        assert!(function(&[NEEDED[0], LOADING].concat()).is_err());
    }
}
