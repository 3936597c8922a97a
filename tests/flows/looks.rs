//! Every page of `www` for people who see little, use a dark screen, a small one, or no mouse; and the README's picture.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use otrs_auth_tools::docs;
use otrs_auth_tools::process::root;

use crate::doctor_site::{Found, address};
use crate::engines::Driver;
use crate::looks_page::{DARK, LIGHT, NARROW, accessible, fits, open, reachable, set};
use crate::visit;
use crate::world::{Visit, World};

/// Rules of axe, controls and pages that were looked at.
#[derive(Default)]
struct Seen {
    pages: usize,
    rules: u64,
    controls: u64,
}

pub fn looks(world: &World, driver: &Driver) -> Result<()> {
    let axe =
        std::fs::read_to_string(root().join("node_modules/axe-core/axe.min.js")).context("axe-core is missing")?;
    let mut seen = Seen::default();
    visit(world, driver, |visit| {
        let mut all: Vec<String> = ["/agent/?onLoad=none", "/customer/?onLoad=none"].map(String::from).into();
        pages(&root().join("www"), "/", &mut all)?;
        all.extend(["/agent/ticket/3", "/agent/nowhere"].map(String::from));
        let mut wrong = Vec::new();
        for path in &all {
            let looked = look_at(visit, &axe, path, &mut seen);
            wrong.extend(looked.err().map(|error| format!("{path}: {error:#}")));
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n    "));
        examined(visit, world, &axe, &mut seen)?;
        picture(visit)
    })?;
    println!(
        "    {} pages in light, dark and 320 px: {} checks of axe, {} controls reached",
        seen.pages, seen.rules, seen.controls
    );
    ensure!(seen.pages > 9 && seen.rules > 300 && seen.controls > 60, "hardly anything was looked at");
    Ok(())
}

/// The addresses of all pages in this folder and below.
fn pages(folder: &Path, path: &str, found: &mut Vec<String>) -> Result<()> {
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(folder)?.collect();
    let mut names: Vec<_> =
        entries?.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        if folder.join(&name).is_dir() {
            pages(&folder.join(&name), &format!("{path}{name}/"), found)?;
        } else if name == "index.html" {
            found.push(path.into());
        } else if name.ends_with(".html") {
            found.push(format!("{path}{name}"));
        }
    }
    Ok(())
}

fn look_at(visit: &Visit<'_>, axe: &str, path: &str, seen: &mut Seen) -> Result<()> {
    set(visit, &LIGHT)?;
    open(visit, path)?;
    in_all_ways(visit, axe, seen)
}

fn in_all_ways(visit: &Visit<'_>, axe: &str, seen: &mut Seen) -> Result<()> {
    seen.controls += reachable(visit)?;
    for look in [&LIGHT, &DARK, &NARROW] {
        set(visit, look)?;
        seen.rules += accessible(visit, axe).context(look.name)?;
        fits(visit).context(look.name)?;
    }
    seen.pages += 1;
    set(visit, &LIGHT)
}

/// The doctor with all there is to see: what is fine, what is not, and what is to be looked at.
fn examined(visit: &Visit<'_>, world: &World, axe: &str, seen: &mut Seen) -> Result<()> {
    visit.browser.goto(&address(world, &world.app, &[("client", "nobody")]))?;
    Found::read(visit)?.is_only("client", &["nobody"])?;
    in_all_ways(visit, axe, seen).context("the doctor's findings")
}

/// What the README shows: an agent at work.
fn picture(visit: &Visit<'_>) -> Result<()> {
    open(visit, "/agent/")?;
    visit.browser.run("scrollTo(0, 0); document.activeElement?.blur()", &[])?;
    visit.browser.screenshot(&docs::taken_picture())?;
    ensure!(docs::picture().is_file(), "docs/agent.png is missing: run `npm run docs -- --pictures`");
    Ok(())
}
