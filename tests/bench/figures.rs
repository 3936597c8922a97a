//! What was measured, as JSON, a table and a chart.

use std::collections::BTreeMap;
use std::fmt::Write;

use otrs_auth_tools::bench::SDKS;
use serde_json::{Value, json};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Anonymous,
    Form,
    Callback,
    Reload,
    /// The part of a reload that the SDK can do something about.
    Scripts,
    NewTab,
    Tokens,
    Refresh,
    Again,
    Parallel,
    Logout,
}

impl Row {
    const ALL: [Row; 11] = [
        Row::Anonymous,
        Row::Form,
        Row::Callback,
        Row::Reload,
        Row::Scripts,
        Row::NewTab,
        Row::Tokens,
        Row::Refresh,
        Row::Again,
        Row::Parallel,
        Row::Logout,
    ];

    const WAITED_FOR: [Row; 7] =
        [Row::Anonymous, Row::Form, Row::Callback, Row::Reload, Row::NewTab, Row::Again, Row::Logout];

    fn name(self) -> &'static str {
        match self {
            Row::Anonymous => "first visit, nobody signed in",
            Row::Form => "log-in to Keycloak's form",
            Row::Callback => "from the password sent to signed in",
            Row::Reload => "reload to signed in",
            Row::Scripts => "of that, from the page's first script on",
            Row::NewTab => "new tab to signed in",
            Row::Tokens => "1,000 calls for the valid token",
            Row::Refresh => "first refresh in a tab",
            Row::Again => "a later refresh",
            Row::Parallel => "20 refreshes at once in each of 5 tabs",
            Row::Logout => "log-out and back",
        }
    }
}

/// One measurement.
#[derive(Clone, Copy)]
pub struct Figure {
    pub ms: f64,
    /// To Keycloak's protocol.
    pub requests: f64,
    pub documents: f64,
    pub bytes: f64,
}

/// All of them.
#[derive(Default)]
pub struct Figures {
    all: BTreeMap<(u64, Row, &'static str), Vec<Figure>>,
    failures: Vec<String>,
}

/// The middle one, or one that so many of a hundred are not above.
fn at(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) * percent + 50) / 100;
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// The first two lines of a table with a column for each SDK.
fn head(corner: &str) -> String {
    let titles: Vec<&str> = SDKS.iter().map(|sdk| sdk.title).collect();
    format!("| {corner}| {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(SDKS.len()))
}

impl Figures {
    pub fn add(&mut self, sdk: &'static str, distance: u64, row: Row, figure: Figure) {
        self.all.entry((distance, row, sdk)).or_default().push(figure);
    }

    pub fn failed(&mut self, sdk: &str, distance: u64, why: &str) {
        println!("{sdk} at {distance} ms: {why}");
        self.failures.push(format!("{sdk} at {distance} ms: {why}"));
    }

    /// Whether this one has figures for every row, and no failure.
    pub fn is_whole(&self, sdk: &str) -> bool {
        let rows = self.all.keys().filter(|(_, _, own)| *own == sdk).count();
        rows > 0 && rows % Row::ALL.len() == 0 && !self.failures.iter().any(|failure| failure.starts_with(sdk))
    }

    fn distances(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.all.keys().map(|(distance, ..)| *distance).collect();
        all.dedup();
        all
    }

    fn of(&self, distance: u64, row: Row, sdk: &'static str, part: fn(&Figure) -> f64, percent: usize) -> f64 {
        at(self.all.get(&(distance, row, sdk)).into_iter().flatten().map(part).collect(), percent)
    }

    pub fn json(&self, about: &str, endurance: &Value, processor: &Value) -> Value {
        let rows = self.all.iter().map(|((distance, row, sdk), figures)| {
            let list = |part: fn(&Figure) -> f64| figures.iter().map(part).collect::<Vec<f64>>();
            json!({
                "roundTrip": distance, "row": row.name(), "sdk": sdk, "ms": list(|f| f.ms),
                "requests": list(|f| f.requests), "documents": list(|f| f.documents), "bytes": list(|f| f.bytes),
            })
        });
        json!({ "about": about, "rows": rows.collect::<Vec<_>>(), "failures": self.failures, "endurance": endurance, "processor": processor })
    }

    /// Per row and SDK: median time (p10 to p90), requests to Keycloak, document loads, kilobytes.
    pub fn document(&self, about: &str) -> String {
        let mut out = format!(
            "# Side by side\n\nMade by `npm run bench`. {about}.\n\nMedian ms (10th to 90th percentile) · requests to Keycloak · document loads · kB received; × is the time against otrs-auth's, + what \
             it is more than the floor's.\n",
        );
        for distance in self.distances() {
            let _ = write!(out, "\n**{distance} ms round trip**\n\n{}", head(""));
            for row in Row::ALL {
                let _ = write!(out, "| {} |", row.name());
                let ours = self.of(distance, row, "otrs-auth", |f| f.ms, 50);
                let floor = self.of(distance, row, "floor", |f| f.ms, 50);
                for sdk in SDKS {
                    let part = |part: fn(&Figure) -> f64, percent| self.of(distance, row, sdk.name, part, percent);
                    let ms = part(|f| f.ms, 50);
                    if ms.is_nan() {
                        out.push_str(" failed |");
                        continue;
                    }
                    let _ = write!(
                        out,
                        " {ms:.0} ({:.0}–{:.0}) · {} · {} · {:.1}; ×{:.2}, {:+.0} |",
                        part(|f| f.ms, 10),
                        part(|f| f.ms, 90),
                        part(|f| f.requests, 50),
                        part(|f| f.documents, 50),
                        part(|f| f.bytes, 50) / 1000.0,
                        ms / ours,
                        ms - floor
                    );
                }
                out.push('\n');
            }
        }
        for failure in &self.failures {
            let _ = write!(out, "\n- {failure}");
        }
        out
    }

    /// The one that stands for all where there is room for one.
    fn middle(&self) -> u64 {
        let distances = self.distances();
        distances.get(distances.len() / 2).copied().unwrap_or_default()
    }

    /// For the README: times and requests at the middle distance.
    pub fn short(&self) -> String {
        let distance = self.middle();
        let mut out = head(&format!("{distance} ms round trip "));
        for row in Row::ALL {
            let _ = write!(out, "| {} |", row.name());
            for sdk in SDKS {
                let part = |part: fn(&Figure) -> f64| self.of(distance, row, sdk.name, part, 50);
                let ms = part(|f| f.ms);
                let _ = match ms.is_nan() {
                    true => write!(out, " failed |"),
                    false => write!(out, " {ms:.0} · {} |", part(|f| f.requests)),
                };
            }
            out.push('\n');
        }
        out
    }

    /// Bars of the times at the middle distance, of what a user waits for.
    pub fn chart(&self) -> String {
        const WIDTH: f64 = 420.0;
        let distance = self.middle();
        let mut bars = String::new();
        let mut y = 40.0;
        for row in Row::WAITED_FOR {
            let _ = write!(bars, "<text x='10' y='{y}' class='row'>{}</text>", row.name());
            y += 8.0;
            let times = SDKS.iter().map(|sdk| self.of(distance, row, sdk.name, |f| f.ms, 50));
            let most = times.filter(|ms| !ms.is_nan()).fold(1.0, f64::max);
            for sdk in SDKS {
                let ms = self.of(distance, row, sdk.name, |f| f.ms, 50);
                let width = if ms.is_nan() { 0.0 } else { (ms / most * WIDTH).max(1.0) };
                let class = if sdk.name.starts_with("otrs-auth") { "ours" } else { "other" };
                let label = if ms.is_nan() { "failed".to_owned() } else { format!("{ms:.0} ms") };
                let _ = write!(
                    bars,
                    "<text x='180' y='{}' text-anchor='end'>{}</text><rect x='188' y='{y}' width='{width:.1}' height='13' class='{class}'/>\
                     <text x='{:.1}' y='{}'>{label}</text>",
                    y + 11.0,
                    sdk.title,
                    194.0 + width,
                    y + 11.0
                );
                y += 17.0;
            }
            y += 26.0;
        }
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='710' height='{y}' viewBox='0 0 710 {y}' role='img'>\
             <title>Times at {distance} ms round trip</title><style>text{{font:12px system-ui,sans-serif;fill:#24292f}}\
             .row{{font-weight:600}}.ours{{fill:#0b6e4f}}.other{{fill:#8c959f}}\
             @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.ours{{fill:#3fb68b}}}}</style>\
             <text x='10' y='18'>Median times at {distance} ms round trip; shorter is better</text>{bars}</svg>"
        )
    }
}
