//! The entries for Vue, for front ends of keycloak-js and for tests, as far as they need no browser.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{LIMIT, samples};
use crate::process::{command, root, run as run_command};

/// Programs that end with an error if something is wrong.
const PROGRAMS: [&str; 3] = ["mock.mjs", "vue.mjs", "keycloak.mjs"];

/// How samples are compiled.
pub struct Settings {
    pub strict: bool,
    pub module: &'static str,
    pub resolution: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self { strict: true, module: "esnext", resolution: "bundler" }
    }
}

/// Runs the programs and compiles the samples, also those of the documents.
pub fn check(consumer: &Path) -> Result<()> {
    let guide = "migrating-from-keycloak-js.md";
    fs::copy(root().join("docs").join(guide), consumer.join(guide))?;
    for program in PROGRAMS {
        let mut node = command("node");
        node.arg(program).current_dir(consumer);
        run_command(&mut node, &format!("package-{program}"), LIMIT)?;
    }
    let folder = consumer.join("bindings");
    fs::create_dir_all(&folder)?;
    for file in fs::read_dir(root().join("tests/package/bindings"))?.flatten() {
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let files = ["members.ts", "keycloak-app.ts", "vue.ts"];
    compile(&folder, &files, &Settings::default(), json!({}))?;
    compile(&folder, &files, &Settings { module: "node16", resolution: "node16", ..Settings::default() }, json!({}))?;
    let ours = json!({ "keycloak-js": ["../node_modules/otrs-auth/dist/keycloak-js.d.ts"] });
    compile(&folder, &["keycloak-app.ts"], &Settings::default(), ours)?;
    println!("{}", samples::check(&folder)?);
    Ok(())
}

/// Compiles files of a folder, with names that stand for others.
pub fn compile(folder: &Path, files: &[&str], settings: &Settings, paths: Value) -> Result<()> {
    let settings = json!({
        "compilerOptions": {
            "strict": settings.strict, "noEmit": true, "allowJs": true, "checkJs": true, "target": "es2022",
            "lib": ["es2022", "dom", "dom.iterable"], "types": [], "module": settings.module,
            "moduleResolution": settings.resolution, "paths": paths
        },
        "files": files
    });
    fs::write(folder.join("tsconfig.json"), settings.to_string())?;
    let mut tsc = command("node");
    tsc.arg(root().join("node_modules/typescript/bin/tsc")).args(["--project", "."]).current_dir(folder);
    run_command(&mut tsc, "package-bindings", LIMIT)
}
