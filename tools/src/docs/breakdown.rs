//! Where the bytes of the download are: `docs/size.md`.

use std::fmt::Write;

use anyhow::Result;

use super::chart::grouped;
use crate::build::{Module, Variant};
use crate::size;
use crate::wasm_module::Module as Wasm;

/// Functions with fewer bytes are named together.
const SMALLEST: usize = 300;

/// The document. Both variants have been built.
pub fn table() -> Result<String> {
    let mut out = String::from(
        "# Where the bytes are\n\nMade by `npm run docs`; `npm run size` prints the same of a build, and a test fails above the limits.\n\n\
         ## The download, brotli\n\n| build | loader | WebAssembly | together | limit |\n|---|---|---|---|---|\n",
    );
    for (variant, name) in [(Variant::Npm, "release"), (Variant::Stock, "stock toolchain")] {
        for download in size::downloads(variant)? {
            let [loader, wasm, total, limit] =
                [download.loader, download.wasm, download.total(), download.limit].map(grouped);
            let file = download.module.file();
            let _ = writeln!(out, "| {name}, `{file}` | {loader} | {wasm} | {total} | {limit} |");
        }
    }
    let named = Wasm::read(&Variant::Npm.named(Module::Core))?;
    out.push_str("\nWhat follows is of the release's `otrs_auth_bg.wasm`, uncompressed.\n");
    let shipped = Wasm::read(&Variant::Npm.dist().join(Module::Core.file()))?;
    list(&mut out, "Sections", &shipped.sections);
    list(&mut out, "Code by crate", &named.code_by_crate());
    list(&mut out, "Our code by module", &named.code_by(module_of));
    let mut functions = named.functions.clone();
    functions.sort_by(|(one, size), (other, bytes)| bytes.cmp(size).then_with(|| one.cmp(other)));
    let small = functions.partition_point(|(_, size)| *size >= SMALLEST);
    let rest = functions.split_off(small);
    functions.push((format!("({} more)", rest.len()), rest.iter().map(|(_, size)| size).sum()));
    list(&mut out, "Code by function", &functions);
    Ok(out)
}

fn list(out: &mut String, title: &str, rows: &[(String, usize)]) {
    let _ = write!(out, "\n## {title}\n\n| bytes | |\n|---:|---|\n");
    for (name, size) in rows {
        let name = if name.is_empty() { "(without a name)" } else { name };
        let _ = writeln!(out, "| {size} | `{}` |", name.replace('|', "\\|"));
    }
}

/// The module that a function of ours is charged to, which is that of its type and not always its file.
///
/// `<otrs_auth::protocol::session::Session>::start` → `protocol::session`: the parts in small letters, without the last
/// one where that is the function.
fn module_of(function: &str) -> Option<String> {
    let (_, path) = function.split_once("otrs_auth::")?;
    let path = path.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).next()?;
    let parts: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
    let is_type = |part: &&str| part.starts_with(|c: char| c.is_ascii_uppercase());
    let end = parts.iter().position(is_type).unwrap_or(parts.len().saturating_sub(1));
    Some(parts.get(..end)?.join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_charged_to_the_module_that_its_path_names() {
        for (function, module) in [
            ("<otrs_auth::protocol::session::Session>::start", Some("protocol::session")),
            ("otrs_auth::browser::web::evaluate", Some("browser::web")),
            ("otrs_auth::js::answer::{closure#0}", Some("js")),
            ("core::ptr::drop_in_place::<otrs_auth::protocol::json::Json>", Some("protocol::json")),
            ("<otrs_auth::client::Client as core::ops::Drop>::drop", Some("client")),
            ("memcpy", None),
        ] {
            assert_eq!(module_of(function).as_deref(), module, "{function}");
        }
    }
}
