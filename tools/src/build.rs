//! Builds the npm package: Rust to wasm, wasm-bindgen, wasm-opt, esbuild. Two variants from the same
//! sources: the release that is published, and what a stock stable toolchain makes of them. Each has two modules, of
//! which a page loads one: what most pages need, and everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, bail};

use crate::bundle::bundle;
use crate::entries::ENTRIES;
use crate::glue::{number_closures, per_instance};
use crate::process::{cache, command, root, run as run_command};
use crate::setup::{self, BuildTools, step};
use crate::shorten::shorten;

const TARGET: &str = "wasm32-unknown-unknown";

/// Named one by one: Chromium 156 and Node 20 refuse what `--all-features` lets through.
const FEATURES: [&str; 5] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
];

/// Not what makes the smallest file, but what makes the smallest download; CONTRIBUTING.md has the figures.
const WASM_OPT: [&str; 12] = [
    // Control flow is built anew from plain blocks.
    "--flatten",
    "--rereloop",
    // Twice finds more than once until nothing changes.
    "-Oz",
    "-Oz",
    "--converge",
    // What is called once stays a function: inlined, the numbers of its locals grow and repeat less.
    "--one-caller-inline-max-function-size=26",
    // A value that is computed twice repeats a pattern; one more local does not.
    "--skip-pass=local-cse",
    // Nothing of Rust's lies below address 1024: the stack is there, and that is its very end. Additions of
    // small numbers may therefore become offsets of loads and stores.
    "--low-memory-unused",
    // Functions that look alike stand together. Needs their names, which are stripped only afterwards.
    "--reorder-functions-by-name",
    // The same for additions whose result is used more than once.
    "--optimize-added-constants-propagate",
    // How loads and stores are aligned is a hint, which no engine needs.
    "--dealign",
    "--debuginfo",
];

/// Takes away what only the size check reads.
const STRIP: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/// Round loops are not unrolled: a few hashes per login need no speed, and it saves 1 kB.
const SMALL_SHA2: [&str; 4] = ["--cfg", "sha2_backend=\"soft\"", "--cfg", "sha2_backend_soft=\"compact\""];

/// Panics become a bare trap and carry no text; the SDK reports its errors as values.
const SMALL_PANICS: [&str; 4] =
    ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"];

/// JavaScript values are numbers of a list in the glue, not entries of a table in the wasm, which needs code in
/// both. Only where the standard library is built alike.
const JS_HEAP: &str = "-Ctarget-feature=-reference-types";

/// Half of the usual megabyte, far more than anything here needs: what lies behind it has addresses of three bytes.
const STACK: &str = "-Clink-arg=-zstack-size=524288";

/// Which of the two builds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// What is published: the standard library is rebuilt for size.
    Npm,
    /// What a stable toolchain makes with its own standard library.
    Stock,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Stock => "stock",
        }
    }

    /// Where the package's files go.
    pub fn dist(self) -> PathBuf {
        root().join(if self == Self::Npm { "dist" } else { "dist-stock" })
    }

    /// Where what the package is made of is made.
    pub fn work(self) -> PathBuf {
        cache("build").join(self.name())
    }

    /// The compiler's own output, with function names and line tables.
    pub fn compiled(self, module: Module) -> PathBuf {
        self.work().join("compiled").join(module.file())
    }

    /// The shipped code with its function names still in it.
    pub fn named(self, module: Module) -> PathBuf {
        self.work().join("named").join(module.file())
    }
}

/// Which of the WebAssembly modules.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// For secure pages, without proof of possession.
    Core,
    /// With everything (`features` of Cargo.toml).
    Full,
}

impl Module {
    /// Both.
    pub const ALL: [Module; 2] = [Module::Core, Module::Full];

    fn name(self) -> &'static str {
        match self {
            Self::Core => "otrs_auth",
            Self::Full => "otrs_auth_full",
        }
    }

    /// Its file in the package.
    pub fn file(self) -> String {
        format!("{}_bg.wasm", self.name())
    }

    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Core => &["--no-default-features"],
            Self::Full => &[],
        }
    }
}

/// `build [--stock]`.
pub fn run(args: &[String]) -> Result<()> {
    let variant = variant(args)?;
    let tools = setup::for_build()?;
    package(variant, &tools)
}

/// The variant that the arguments name.
pub fn variant(args: &[String]) -> Result<Variant> {
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Ok(Variant::Npm),
        ["--stock"] => Ok(Variant::Stock),
        _ => bail!("only --stock can follow this command"),
    }
}

/// Brings the package up to date; does nothing if it is.
pub fn package(variant: Variant, tools: &BuildTools) -> Result<()> {
    let dist = variant.dist();
    let shown = dist.strip_prefix(root()).unwrap_or(&dist).display().to_string();
    let compiler = variant.work().join("compiler");
    if is_fresh(variant) && fs::read_to_string(&compiler).is_ok_and(|last| last == tools.wasm.version) {
        println!("{shown}: up to date");
        return Ok(());
    }
    let start = Instant::now();
    if variant == Variant::Npm && !tools.wasm.has_std_sources {
        println!("the sources of the standard library are missing: building with the stock one, which is larger");
    }
    step("compiling the library to wasm", || {
        Module::ALL.iter().try_for_each(|module| compile(variant, *module, tools))
    })?;
    step("wasm-bindgen and wasm-opt", || bind_all(variant, tools))?;
    step("bundling the scripts", || bundle(variant))?;
    fs::write(&compiler, &tools.wasm.version)?;
    let size = |name: &str| fs::metadata(dist.join(name)).map_or(0, |file| file.len());
    println!(
        "{shown}: index.js {} bytes, {} {} bytes, {} {} bytes ({:.0} s)",
        size("index.js"),
        Module::Core.file(),
        size(&Module::Core.file()),
        Module::Full.file(),
        size(&Module::Full.file()),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn compile(variant: Variant, module: Module, tools: &BuildTools) -> Result<()> {
    let small = variant == Variant::Npm && tools.wasm.has_std_sources;
    let mut flags: Vec<String> = SMALL_SHA2.map(String::from).to_vec();
    flags.push(STACK.to_owned());
    // Nobody's home folder belongs in a published file.
    for (name, label) in [("CARGO_HOME", "cargo"), ("HOME", "home")] {
        if let Ok(folder) = std::env::var(name) {
            flags.push(format!("--remap-path-prefix={folder}=/{label}"));
        }
    }
    flags.push(format!("--remap-path-prefix={}=/otrs-auth", root().display()));
    let target = root().join("target").join(variant.name());
    let mut cargo = tools.wasm.command("cargo");
    cargo
        .args(["build", "--release", "--locked", "--lib", "--package", "otrs-auth", "--target", TARGET])
        .args(module.features())
        .arg("--target-dir")
        .arg(&target)
        // For the size check, which reads from the line tables whose code is in there. Not shipped.
        .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none");
    if small {
        flags.extend(SMALL_PANICS.map(String::from));
        flags.push(JS_HEAP.to_owned());
        cargo
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
            .env("RUSTC_BOOTSTRAP", "1");
    }
    // This form, unlike RUSTFLAGS, allows for spaces in paths.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    run_command(&mut cargo, &format!("build-{}-{}", variant.name(), module.name()), Duration::from_secs(900))?;
    let compiled = variant.compiled(module);
    compiled.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::copy(target.join(TARGET).join("release/otrs_auth.wasm"), compiled)?;
    Ok(())
}

/// Both modules call the browser through one glue: what they need of it is the same.
fn bind_all(variant: Variant, tools: &BuildTools) -> Result<()> {
    for folder in ["shipped", "named"] {
        let folder = variant.work().join(folder);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
    }
    let glues: Vec<PathBuf> = Module::ALL.iter().map(|module| bind(variant, *module, tools)).collect::<Result<_>>()?;
    let texts: Vec<String> = glues.iter().map(fs::read_to_string).collect::<std::io::Result<_>>()?;
    if texts.windows(2).any(|pair| pair[0] != pair[1]) {
        bail!("the modules need different glue: compare {}", variant.work().join("shipped").display());
    }
    Ok(())
}

/// With names, for the size check, and from that the same code without them, for shipping. Gives the glue.
fn bind(variant: Variant, module: Module, tools: &BuildTools) -> Result<PathBuf> {
    let shipped = variant.work().join("shipped");
    let named = variant.work().join("named");
    let mut bindgen = command(&tools.wasm_bindgen);
    bindgen
        .arg(variant.compiled(module))
        .args(["--target", "web", "--no-typescript", "--remove-producers-section", "--out-name", module.name()])
        .arg("--out-dir")
        .arg(&named);
    run_command(&mut bindgen, "wasm-bindgen", Duration::from_secs(120))?;
    let (with_names, without) = (variant.named(module), shipped.join(module.file()));
    wasm_opt(&WASM_OPT, &with_names, &with_names)?;
    wasm_opt(&STRIP, &with_names, &without)?;
    let name = format!("{}.js", module.name());
    let glue = shipped.join(&name);
    fs::copy(named.join(name), &glue)?;
    per_instance(&glue)?;
    shorten(&without, &glue)?;
    number_closures(&glue)?;
    Ok(glue)
}

fn wasm_opt(flags: &[&str], from: &Path, to: &Path) -> Result<()> {
    let mut opt = command("node");
    opt.arg("node_modules/binaryen/bin/wasm-opt").args(flags).args(FEATURES);
    // A stable toolchain's standard library comes with reference types.
    opt.arg("--enable-reference-types").arg(from).arg("-o").arg(to);
    run_command(&mut opt, "wasm-opt", Duration::from_secs(300))
}

/// What the package is made of besides `src/`.
const INPUTS: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "tools/src/build.rs",
    "tools/src/bundle.rs",
    "tools/src/classic.rs",
    "tools/src/embed.rs",
    "tools/src/entries.rs",
    "tools/src/glue.js",
    "tools/src/glue.rs",
    "tools/src/integrity.rs",
    "tools/src/shorten.rs",
];

/// No input is newer than the oldest file of the output.
fn is_fresh(variant: Variant) -> bool {
    let mut outputs: Vec<PathBuf> = ENTRIES.iter().map(|entry| variant.dist().join(entry.file)).collect();
    for module in Module::ALL {
        outputs.extend([variant.dist().join(module.file()), variant.named(module), variant.compiled(module)]);
    }
    let oldest = outputs.iter().map(|file| modified(file)).min().flatten();
    let mut inputs: Vec<PathBuf> = INPUTS.map(|file| root().join(file)).to_vec();
    files_below(&root().join("src"), &mut inputs);
    oldest.is_some() && inputs.iter().all(|file| modified(file) <= oldest)
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|file| file.modified()).ok()
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    // Folders count too: removing a file changes theirs only.
    found.push(folder.to_path_buf());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}
