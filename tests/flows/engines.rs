//! The browsers, each behind its driver.

use std::cell::RefCell;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use otrs_auth_tools::process::{self, command, find_program, is_root};
use serde_json::{Value, json};

use crate::webdriver::Browser;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    pub const ALL: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::Webkit];

    pub fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox",
            Engine::Webkit => "webkit",
        }
    }
}

/// How to open browsers of an engine.
pub struct Driver {
    pub engine: Engine,
    /// Where a picture of a failure goes.
    pub picture: RefCell<PathBuf>,
    /// A browser that nobody uses at the moment.
    pub spare: RefCell<Option<Browser>>,
    shared: Option<Started>,
}

/// A running driver; dropping it stops it.
struct Started {
    url: String,
    capabilities: Value,
    process: process::Running,
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Driver {
    /// One driver serves all browsers of an engine; but WebKit's hangs now and then when it opens its second
    /// or third, so there each browser has its own.
    pub fn start(engine: Engine) -> Result<Self> {
        let shared = if engine == Engine::Webkit { None } else { Some(Started::new(engine)?) };
        Ok(Self { engine, picture: RefCell::default(), spare: RefCell::default(), shared })
    }

    /// A browser with a new profile.
    pub fn open(&self) -> Result<Browser> {
        if let Some(driver) = &self.shared {
            return Browser::open(&driver.url, &driver.capabilities, None);
        }
        self.open_beside()
    }

    /// The same, where the names under `otrs.test` are this machine's. The other engines have a switch for that.
    pub fn open_with_names(&self) -> Result<Browser> {
        if self.engine != Engine::Webkit {
            return self.open_beside();
        }
        let mut driver = Started::new(self.engine)?;
        driver.capabilities["proxy"] = json!({ "proxyType": "manual", "httpProxy": crate::proxy::start()? });
        Browser::open(&driver.url, &driver.capabilities, Some(driver.process))
    }

    /// The same with a driver of its own: Firefox's opens one browser at a time.
    pub fn open_beside(&self) -> Result<Browser> {
        let driver = Started::new(self.engine)?;
        Browser::open(&driver.url, &driver.capabilities, Some(driver.process))
    }
}

impl Started {
    fn new(engine: Engine) -> Result<Self> {
        let port = free_port()?;
        let (mut program, capabilities) = match engine {
            Engine::Chromium => chromium(port)?,
            Engine::Firefox => firefox(port)?,
            Engine::Webkit => webkit(port)?,
        };
        let process = process::spawn(&mut program, &format!("flows-{}", engine.name()))?;
        let end = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end {
                bail!("the driver of {} does not start", engine.name());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { url: format!("http://127.0.0.1:{port}"), capabilities, process })
    }
}

fn program(variable: &str, names: &[&str]) -> Result<PathBuf> {
    let given = std::env::var_os(variable).map(PathBuf::from);
    given.or_else(|| find_program(names)).with_context(|| format!("{} is missing: run npm test", names.join(" or ")))
}

fn chromium(port: u16) -> Result<(Command, Value)> {
    let mut driver = command(program("CHROMEDRIVER", &["chromedriver"])?);
    driver.arg(format!("--port={port}"));
    let mut args = vec![
        "--headless",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Names for the flow that is about pages without https.
        "--host-resolver-rules=MAP *.otrs.test 127.0.0.1",
        "--window-size=1280,900",
    ];
    if is_root() {
        args.push("--no-sandbox");
    }
    let binary = program("CHROMIUM", &["chromium", "google-chrome"])?;
    let options = json!({ "args": args, "binary": binary });
    Ok((driver, json!({ "browserName": "chrome", "goog:chromeOptions": options })))
}

fn firefox(port: u16) -> Result<(Command, Value)> {
    let program_of_driver = program("GECKODRIVER", &["geckodriver"])?;
    let mut driver = command(&program_of_driver);
    driver.args(["--port", &port.to_string()]);
    // For going offline. Older ones need no leave for that, and know no such word.
    const LEAVE: &str = "--allow-system-access";
    if process::answer(command(program_of_driver).arg("--help")).is_some_and(|help| help.contains(LEAVE)) {
        driver.arg(LEAVE);
    }
    let binary = program("FIREFOX", &["firefox-esr", "firefox"])?;
    let prefs = json!({
        // Nobody looks. To draw the browser sixty times a second takes a third of its time.
        "layout.frame_rate": 10,
        "ui.prefersReducedMotion": 1,
        "toolkit.cosmeticAnimations.enabled": false,
        "network.dns.localDomains": "iam.otrs.test,desk.otrs.test",
        "network.disable-localhost-when-offline": true
    });
    let options = json!({ "args": ["-headless"], "binary": binary, "prefs": prefs });
    Ok((driver, json!({ "browserName": "firefox", "moz:firefoxOptions": options })))
}

fn webkit(port: u16) -> Result<(Command, Value)> {
    let mut driver = command(find_program(&["xvfb-run"]).context("xvfb-run is missing: run npm test")?);
    driver.args(["-a", "WebKitWebDriver", &format!("--port={port}")]);
    // The sandbox of WebKitGTK needs user namespaces, which containers often forbid.
    driver.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    let folders = std::fs::read_dir("/usr/lib/x86_64-linux-gnu").into_iter().flatten().flatten();
    let binary = folders.map(|folder| folder.path().join("MiniBrowser")).find(|file| file.is_file());
    let binary = binary.context("WebKitGTK's MiniBrowser is missing: run npm test")?;
    let options = json!({ "binary": binary, "args": ["--automation"] });
    Ok((driver, json!({ "browserName": "MiniBrowser", "webkitgtk:browserOptions": options })))
}
