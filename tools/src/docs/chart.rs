//! The download as bars. It brings its own ground, so that it can be read on a dark page and on a light one.

use std::fmt::Write;

use crate::build::Module;
use crate::size::Download;

/// Pixels for a thousand bytes.
const SCALE: f64 = 11.0;
const LEFT: f64 = 20.0;
const BAR: f64 = 26.0;
const ROW: f64 = 74.0;
const HEAD: f64 = 62.0;
const WIDTH: f64 = 640.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#172033}.title{font-weight:650;font-size:15px}.quiet{fill:#55607a}\
    .ground{fill:#fff;stroke:#dbe1ec}.loader{fill:#7a4b00}.wasm{fill:#2348c9}.limit{stroke:#a61b29;stroke-width:2}.on{fill:#fff}\
    @media(prefers-color-scheme:dark){text{fill:#e7ebf5}.quiet{fill:#a3aec6}.ground{fill:#161e31;stroke:#2a3550}.loader{fill:#f3c46b}\
    .wasm{fill:#93adff}.limit{stroke:#ff9c9c}.on{fill:#0c1530}}";

/// 45000 as `45,000`.
pub fn grouped(bytes: usize) -> String {
    format!("{},{:03}", bytes / 1_000, bytes % 1_000)
}

#[allow(clippy::cast_precision_loss)]
fn pixels(bytes: usize) -> f64 {
    bytes as f64 / 1_000.0 * SCALE
}

/// `docs/size.svg`
pub fn svg(downloads: &[Download]) -> String {
    let mut rows = String::new();
    let mut top = HEAD;
    let mut said = String::new();
    for download in downloads {
        let _ = write!(rows, "{}", row(download, top));
        let _ = write!(said, " {}: {} bytes.", about(download.module), grouped(download.total()));
        top += ROW;
    }
    let height = top + 6.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Size of the download.{said}\">\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"26\">What a page downloads</text>\n\
         <text class=\"quiet\" x=\"{LEFT}\" y=\"44\">bytes, brotli 11: script, WebAssembly, and the limit that a test holds</text>\n{rows}</svg>\n",
        WIDTH - 1.0,
        height - 1.0
    )
}

fn about(module: Module) -> &'static str {
    match module {
        Module::Core => "Secure pages",
        Module::Full => "Plain http, or with DPoP",
    }
}

fn row(download: &Download, top: f64) -> String {
    let (loader, wasm) = (pixels(download.loader), pixels(download.wasm));
    let (text, bar) = (top + 14.0, top + 22.0);
    let inside = bar + BAR / 2.0 + 4.5;
    let limit = LEFT + pixels(download.limit);
    format!(
        "<text x=\"{LEFT}\" y=\"{text}\">{}: {} of {}</text>\n\
         <rect class=\"loader\" x=\"{LEFT}\" y=\"{bar}\" width=\"{loader:.1}\" height=\"{BAR}\"/>\
         <text class=\"on\" x=\"{}\" y=\"{inside}\">{}</text>\n\
         <rect class=\"wasm\" x=\"{:.1}\" y=\"{bar}\" width=\"{wasm:.1}\" height=\"{BAR}\"/>\
         <text class=\"on\" x=\"{:.1}\" y=\"{inside}\">WebAssembly {}</text>\n\
         <line class=\"limit\" x1=\"{limit:.1}\" x2=\"{limit:.1}\" y1=\"{}\" y2=\"{}\"/>\n",
        about(download.module),
        grouped(download.total()),
        grouped(download.limit),
        LEFT + 6.0,
        grouped(download.loader),
        LEFT + loader,
        LEFT + loader + 8.0,
        grouped(download.wasm),
        bar - 4.0,
        bar + BAR + 4.0,
    )
}
