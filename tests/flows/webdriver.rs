//! A WebDriver client as far as the flows need it: W3C WebDriver over plain HTTP and JSON.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use otrs_auth_tools::http::Client;
use otrs_auth_tools::process;
use serde_json::{Value, json};

/// The name under which WebDriver hands over elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with a profile of its own; dropping it closes the browser.
pub struct Browser {
    base: String,
    client: Client,
    /// Where its profile lies, if the driver says so.
    pub profile: Option<PathBuf>,
    /// The driver, if this browser has one of its own; it goes with it.
    _driver: Option<process::Running>,
}

impl Browser {
    /// Opens a browser by the driver at this address.
    pub fn open(driver: &str, capabilities: &Value, own: Option<process::Running>) -> Result<Self> {
        let client = Client::new(Duration::from_secs(60));
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = client.send("POST", &format!("{driver}/session"), &JSON, &body.to_string())?;
        let session = answer.json();
        let Some(id) = session["value"]["sessionId"].as_str() else {
            bail!("the browser does not open: {}", answer.summary());
        };
        let said = &session["value"]["capabilities"];
        let profile = said["chrome"]["userDataDir"].as_str().or(said["moz:profile"].as_str()).map(PathBuf::from);
        Ok(Self { base: format!("{driver}/session/{id}"), client, profile, _driver: own })
    }

    /// Any command of WebDriver, or of this engine's driver.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.client.send(method, &format!("{}{path}", self.base), &JSON, &body)?;
        let value = answer.json()["value"].clone();
        if answer.status != 200 {
            bail!("{path}: {}: {}", value["error"], value["message"]);
        }
        Ok(value)
    }

    /// Goes to an address and waits until it is loaded.
    pub fn goto(&self, url: &str) -> Result<()> {
        self.call("POST", "/url", Some(json!({ "url": url }))).map(drop)
    }

    /// The address of the page.
    pub fn url(&self) -> Result<String> {
        Ok(self.call("GET", "/url", None)?.as_str().unwrap_or_default().to_string())
    }

    /// Presses the Back button.
    pub fn back(&self) -> Result<()> {
        self.call("POST", "/back", Some(json!({}))).map(drop)
    }

    /// Reloads the page.
    pub fn reload(&self) -> Result<()> {
        self.call("POST", "/refresh", Some(json!({}))).map(drop)
    }

    /// Runs a script whose promise is waited for; `arguments` is what the script is called with.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let script = format!("return (async () => {{ {script} }})()");
        self.call("POST", "/execute/sync", Some(json!({ "script": script, "args": arguments })))
    }

    fn element(&self, css: &str) -> Result<String> {
        let found = self.call("POST", "/element", Some(json!({ "using": "css selector", "value": css })))?;
        found[ELEMENT].as_str().map(String::from).context("no element")
    }

    /// Types into a field.
    pub fn fill(&self, css: &str, text: &str) -> Result<()> {
        let id = self.element(css)?;
        self.call("POST", &format!("/element/{id}/value"), Some(json!({ "text": text }))).map(drop)
    }

    /// Clicks an element.
    pub fn click(&self, css: &str) -> Result<()> {
        let id = self.element(css)?;
        self.call("POST", &format!("/element/{id}/click"), Some(json!({}))).map(drop)
    }

    /// Opens another tab and goes to it; answers its handle.
    pub fn new_tab(&self) -> Result<String> {
        let tab = self.call("POST", "/window/new", Some(json!({ "type": "tab" })))?;
        let handle = tab["handle"].as_str().unwrap_or_default().to_string();
        self.to_tab(&handle)?;
        Ok(handle)
    }

    /// The handle of this tab.
    pub fn tab(&self) -> Result<String> {
        Ok(self.call("GET", "/window", None)?.as_str().unwrap_or_default().to_string())
    }

    /// Goes to another tab.
    pub fn to_tab(&self, handle: &str) -> Result<()> {
        self.call("POST", "/window", Some(json!({ "handle": handle }))).map(drop)
    }

    /// The handles of all tabs.
    pub fn tabs(&self) -> Result<Vec<String>> {
        let tabs = self.call("GET", "/window/handles", None)?;
        Ok(tabs.as_array().into_iter().flatten().filter_map(|tab| tab.as_str().map(String::from)).collect())
    }

    /// Closes this tab; another has to be gone to afterwards.
    pub fn close_tab(&self) -> Result<()> {
        self.call("DELETE", "/window", None).map(drop)
    }

    /// Takes this tab's network away, or gives it back: Chromium has a command for that, Firefox a menu entry.
    pub fn offline(&self, offline: bool) -> Result<()> {
        let conditions = json!({ "offline": offline, "latency": 0, "throughput": -1 });
        let body = json!({ "network_conditions": conditions });
        if self.call("POST", "/chromium/network_conditions", Some(body)).is_ok() {
            return Ok(());
        }
        self.call("POST", "/moz/context", Some(json!({ "context": "chrome" })))?;
        // Connections that are open would go on.
        let script =
            "Services.io.offline = arguments[0]; Services.obs.notifyObservers(null, 'net:prune-all-connections')";
        let done = self.run(script, &[json!(offline)]);
        self.call("POST", "/moz/context", Some(json!({ "context": "content" })))?;
        done.map(drop)
    }

    /// Asks Chromium's developer tools.
    #[allow(dead_code, reason = "only the bench does")]
    pub fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.call("POST", "/goog/cdp/execute", Some(json!({ "cmd": command, "params": parameters })))
    }

    /// Removes the cookies that this page's server can see.
    pub fn forget_cookies(&self) -> Result<()> {
        self.call("DELETE", "/cookie", None).map(drop)
    }

    /// Saves what the page looks like.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = self.call("GET", "/screenshot", None)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap_or_default())?;
        std::fs::write(file, bytes).context("the screenshot cannot be written")
    }

    /// Looks again until there is something to see, for so many seconds.
    pub fn until<T>(&self, what: &str, seconds: u64, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        until(what, seconds, look)
    }
}

/// Looks again after each pause until there is something to see, for so many seconds. Each look costs a browser
/// some of the time that it is waited for, so the pauses grow.
pub fn until<T>(what: &str, seconds: u64, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut pause = Duration::from_millis(10);
    loop {
        let trouble = match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            // While a page is being left, scripts fail.
            Err(error) => Some(error),
        };
        if Instant::now() >= end {
            let trouble = trouble.map(|error| format!(" ({error:#})")).unwrap_or_default();
            return Err(anyhow!("after {seconds} s still not: {what}{trouble}"));
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(100));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that does not close is ended with its driver.
        let _ = Client::new(Duration::from_secs(5)).send("DELETE", &self.base, &JSON, "");
    }
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
