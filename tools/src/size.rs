//! The size check: what a browser downloads must stay in the budget, hold every crate that the package
//! promises to be built on, and no float printer, which alone costs a third of the budget.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::{self, Module, Variant};
use crate::entries::{ENTRIES, Wasm as Place};
use crate::process::{answer, command};
use crate::setup;
use crate::wasm_module::Module as Wasm;

/// The budget: what the loader and the module that most pages need may have together, brotli-compressed.
pub const LIMIT: usize = 45_200;
/// What the loader and the module with everything may have.
pub const FULL_LIMIT: usize = 51_300;
/// What a script may have that has the module with everything inside.
const INSIDE_LIMIT: usize = 55_500;
/// What each may have more where the compiler's own standard library has to do.
const STOCK: usize = 5_500;

/// The crates that must be direct dependencies and part of what ships.
const REQUIRED: [&str; 9] =
    ["wasm-bindgen", "web-sys", "js-sys", "gloo-net", "serde", "serde-wasm-bindgen", "sha2", "base64", "getrandom"];

/// Parts of names that only the printing of floating point numbers has.
const FLOAT_PRINTER: [&str; 5] = ["flt2dec", "dragon", "grisu", "core::fmt::float", "f64 as core::fmt::"];

/// What a page downloads: the loader, and one of the modules.
pub struct Download {
    /// Which.
    pub module: Module,
    /// Bytes of the script.
    pub loader: usize,
    /// Bytes of the WebAssembly.
    pub wasm: usize,
    /// What both together may have.
    pub limit: usize,
}

impl Download {
    /// Bytes of both.
    pub fn total(&self) -> usize {
        self.loader + self.wasm
    }
}

/// What pages of either kind download of a build.
pub fn downloads(variant: Variant) -> Result<Vec<Download>> {
    let dist = variant.dist();
    let loader = brotli_size(&dist.join("index.js"))?;
    let more = if variant == Variant::Stock { STOCK } else { 0 };
    let of = |(module, limit): (Module, usize)| {
        Ok(Download { module, loader, wasm: brotli_size(&dist.join(module.file()))?, limit: limit + more })
    };
    [(Module::Core, LIMIT), (Module::Full, FULL_LIMIT)].into_iter().map(of).collect()
}

/// `size [--stock]`: builds if needed, then checks.
pub fn run(args: &[String]) -> Result<()> {
    let variant = build::variant(args)?;
    let tools = setup::for_build()?;
    build::package(variant, &tools)?;
    check(variant).map(drop)
}

/// Prints the breakdown and gives the total; fails with everything that is wrong.
pub fn check(variant: Variant) -> Result<String> {
    let dist = variant.dist();
    let mut wrong = Vec::new();
    let mut totals = Vec::new();
    for download in downloads(variant)? {
        let Download { module, loader, wasm, limit } = download;
        let total = download.total();
        println!("download, brotli 11: loader {loader} + {} {wasm} = {total} bytes; limit {limit}", module.file());
        if total > limit {
            wrong.push(format!("the download with {} is {} bytes over the limit", module.file(), total - limit));
        }
        totals.push(total.to_string());
    }
    for entry in &ENTRIES {
        let size = brotli_size(&dist.join(entry.file))?;
        println!("{}: {size} bytes", entry.file);
        let limit = INSIDE_LIMIT + if variant == Variant::Stock { STOCK } else { 0 };
        if entry.wasm == Place::Inside && size > limit {
            wrong.push(format!("{} is {} bytes over the limit of {limit}", entry.file, size - limit));
        }
    }
    let shipped = Wasm::read(&dist.join(Module::Core.file()))?;
    let named = Wasm::read(&variant.named(Module::Core))?;
    let compiled = Wasm::read(&variant.compiled(Module::Core))?;
    println!("sections of the wasm, uncompressed:");
    for (name, size) in &shipped.sections {
        println!("{size:>9}  {name}");
    }
    println!("code by crate, uncompressed:");
    for (name, size) in named.code_by_crate() {
        println!("{size:>9}  {name}");
    }

    println!("required crates in the shipped module:");
    let versions = direct_dependencies()?;
    for name in REQUIRED {
        let Some((_, version)) = versions.iter().find(|(found, _)| found == name) else {
            wrong.push(format!("{name} is not a direct dependency"));
            continue;
        };
        match proof(name, version, &named, &compiled) {
            Some(proof) => println!("  {name} {version}: {proof}"),
            None => wrong.push(format!("nothing of {name} is in the shipped module")),
        }
    }
    for (function, _) in &named.functions {
        if FLOAT_PRINTER.iter().any(|sign| function.contains(sign)) {
            wrong.push(format!("floating point numbers are printed by {function}"));
        }
    }
    if wrong.is_empty() { Ok(format!("{} bytes", totals.join(" and "))) } else { bail!("{}", wrong.join("\n")) }
}

/// How a crate shows in the module: functions, imports it declares, or lines inlined elsewhere. Line
/// tables do not count for crates that declare imports: there they list unused declarations too.
fn proof(name: &str, version: &str, named: &Wasm, compiled: &Wasm) -> Option<String> {
    let functions = named.functions_of(name);
    let imports =
        named.imports.iter().filter(|import| compiled.declaring_crate(import).as_deref() == Some(name)).count();
    if functions + imports > 0 {
        return Some(format!("{functions} functions, {imports} imports"));
    }
    let declares = matches!(name, "wasm-bindgen" | "web-sys" | "js-sys" | "getrandom" | "serde-wasm-bindgen");
    let inlined = !declares && compiled.has_lines_of(name, version);
    inlined.then(|| "inlined".to_string())
}

/// Names and versions of the direct dependencies for the browser, as cargo resolves them.
fn direct_dependencies() -> Result<Vec<(String, String)>> {
    let mut cargo = command("cargo");
    cargo.args(["metadata", "--format-version", "1", "--filter-platform", "wasm32-unknown-unknown"]);
    let text = answer(&mut cargo).context("cargo metadata fails: run it by hand to see why")?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let library = packages.iter().find(|package| package["name"] == "otrs-auth").context("otrs-auth is missing")?;
    let nodes = metadata["resolve"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let node = nodes.iter().find(|node| node["id"] == library["id"]).context("otrs-auth is not resolved")?;
    let mut list = Vec::new();
    for dependency in node["deps"].as_array().into_iter().flatten() {
        let is_normal = dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null());
        if let (true, Some(package)) = (is_normal, packages.iter().find(|p| p["id"] == dependency["pkg"])) {
            let text = |key: &str| package[key].as_str().unwrap_or_default().to_string();
            list.push((text("name"), text("version")));
        }
    }
    Ok(list)
}

fn brotli_size(file: &Path) -> Result<usize> {
    let bytes = fs::read(file).with_context(|| format!("{} is missing: build first", file.display()))?;
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 4096, 11, 22);
    writer.write_all(&bytes)?;
    drop(writer);
    Ok(compressed.len())
}
