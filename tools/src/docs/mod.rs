//! `npm run docs`: documents that are made from the sources, so that they cannot say something else.

mod api;
mod breakdown;
mod chart;
mod errors;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::build::{self, Variant};
use crate::process::{cache, root};
use crate::{setup, size};

/// The chart of the download; it is made of figures of a build.
const CHART: &str = "docs/size.svg";
/// Where its bytes are.
const BREAKDOWN: &str = "docs/size.md";
/// The picture in the README; the flow `looks` takes it.
const PICTURE: &str = "agent.png";
/// What was measured beside others.
const FIGURES: [&str; 2] = ["bench.md", "bench.svg"];
/// What a picture in a repository may weigh.
const PICTURE_LIMIT: u64 = 150_000;

/// Makes one document.
type Make = fn() -> Result<String>;

/// What the sources alone are enough for.
const FROM_SOURCES: [(&str, Make); 3] =
    [("docs/errors.md", errors::table), ("docs/api.md", api::reference), ("www/doctor/words.js", errors::words)];

/// `docs [--text] [--pictures] [--figures]`: writes all of it. `--text` leaves out what needs builds; `--pictures` takes
/// over the picture of the last run of the flows, `--figures` those of the last `npm run bench`.
pub fn run(args: &[String]) -> Result<()> {
    let known = ["--text", "--pictures", "--figures"];
    if let Some(unknown) = args.iter().find(|arg| !known.contains(&arg.as_str())) {
        bail!("\"{unknown}\" is not an option of docs: use {}", known.join(" or "));
    }
    let has = |name: &str| args.iter().any(|arg| arg == name);
    for (path, make) in FROM_SOURCES {
        write(path, &make()?)?;
    }
    if !has("--text") {
        let tools = setup::for_build()?;
        build::package(Variant::Npm, &tools)?;
        build::package(Variant::Stock, &tools)?;
        write(CHART, &chart::svg(&size::downloads(Variant::Npm)?))?;
        write(BREAKDOWN, &breakdown::table()?)?;
    }
    if has("--pictures") {
        take_over_picture()?;
    }
    if has("--figures") {
        for file in FIGURES {
            let text = fs::read_to_string(cache("bench").join(file)).context("there are no figures: npm run bench")?;
            write(&format!("docs/{file}"), &text)?;
        }
    }
    Ok(())
}

fn write(path: &str, text: &str) -> Result<()> {
    fs::write(root().join(path), text).with_context(|| format!("{path} cannot be written"))?;
    println!("{path}");
    Ok(())
}

/// Where the flows leave the picture.
pub fn taken_picture() -> PathBuf {
    cache(PICTURE)
}

/// Where the README looks for it.
pub fn picture() -> PathBuf {
    root().join("docs").join(PICTURE)
}

fn take_over_picture() -> Result<()> {
    let taken = taken_picture();
    let size = fs::metadata(&taken).context("there is no picture: run the flow chromium looks first")?.len();
    if size > PICTURE_LIMIT {
        bail!("the picture has {size} bytes, and {PICTURE_LIMIT} is the limit");
    }
    fs::copy(taken, picture()).context("docs/agent.png cannot be written")?;
    println!("docs/{PICTURE}: {size} bytes");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap_or_default()
    }

    #[test]
    fn documents_are_what_the_sources_make() {
        for (path, make) in FROM_SOURCES {
            let made = make().unwrap();
            assert!(made.len() > 1_000, "{path} is nearly empty");
            assert!(read(path) == made, "{path} is stale: run `npm run docs -- --text`");
        }
    }

    #[test]
    fn the_chart_and_the_breakdown_name_the_limits() {
        for (limit, path) in
            [size::LIMIT, size::FULL_LIMIT].into_iter().flat_map(|limit| [(limit, CHART), (limit, BREAKDOWN)])
        {
            assert!(read(path).contains(&chart::grouped(limit)), "{path} knows another limit: run `npm run docs`");
        }
    }

    #[test]
    fn the_readme_shows_the_picture_and_the_chart() {
        for file in [PICTURE, "size.svg"] {
            assert!(read("README.md").contains(&format!("](docs/{file})")), "the README does not show {file}");
        }
        let size = fs::metadata(picture()).map(|file| file.len()).unwrap_or_default();
        assert!((10_000..=PICTURE_LIMIT).contains(&size), "docs/{PICTURE} has {size} bytes");
    }
}
