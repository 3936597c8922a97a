//! What anybody has to be able to see and reach on a page, whatever it is about.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::world::{Visit, pause};

/// How a page is looked at.
pub struct Look {
    pub name: &'static str,
    pub scheme: &'static str,
    pub width: u32,
    pub height: u32,
}

pub const LIGHT: Look = Look { name: "light", scheme: "light", width: 1280, height: 800 };
pub const DARK: Look = Look { name: "dark", scheme: "dark", width: 1280, height: 800 };
/// WCAG 2.1, 1.4.10: nothing may need to be scrolled sideways there.
pub const NARROW: Look = Look { name: "320 px", scheme: "light", width: 320, height: 640 };

/// A command of Chromium's own.
fn cdp(visit: &Visit<'_>, command: &str, params: &Value) -> Result<Value> {
    visit.browser.call("POST", "/goog/cdp/execute", Some(json!({ "cmd": command, "params": params })))
}

/// Makes the browser look like this from now on.
pub fn set(visit: &Visit<'_>, look: &Look) -> Result<()> {
    // What moves has no colour to be measured.
    let features = json!([
        { "name": "prefers-color-scheme", "value": look.scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" }
    ]);
    cdp(visit, "Emulation.setEmulatedMedia", &json!({ "features": features }))?;
    let size = json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false });
    cdp(visit, "Emulation.setDeviceMetricsOverride", &size)?;
    pause(50);
    let seen = visit.browser.run(
        "return [innerWidth, matchMedia(`(prefers-color-scheme: ${arguments[0]})`).matches]",
        &[json!(look.scheme)],
    )?;
    ensure!(seen == json!([look.width, true]), "{}: the browser did not follow: {seen}", look.name);
    Ok(())
}

const STATE: &str = "if (document.querySelector('#kc-login')) return location.pathname.split('/').at(-4); \
    if (!location.href.startsWith(arguments[0]) || document.readyState !== 'complete') return null; \
    const busy = document.querySelector('[aria-busy=true]') || ['starting', 'signing_in', 'loading'].includes(document.body.dataset.status); \
    return busy ? null : 'settled';";

/// Opens a page and waits until nothing changes any more; logs in where that is asked for.
pub fn open(visit: &Visit<'_>, path: &str) -> Result<()> {
    visit.open(path)?;
    for _ in 0..3 {
        let state = visit.browser.until(&format!("{path} as it stays"), 30, || {
            let state = visit.browser.run(STATE, &[json!(visit.world.app)])?;
            Ok(state.as_str().map(String::from))
        })?;
        match state.as_str() {
            "settled" => return Ok(()),
            "otrs-customer-users" => visit.log_in("ada")?,
            _ => visit.log_in("agent")?,
        }
        visit.browser.until("the way back from the login", 20, || {
            Ok(visit.browser.url()?.starts_with(&visit.world.app).then_some(()))
        })?;
    }
    bail!("{path} asks for one login after the other")
}

const RULES: &str = "const options = { resultTypes: ['violations'], runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] } }; \
    const { violations, passes } = await window.axe.run(document, options); \
    return [passes.length, violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.target.join(' ') + ': ' + node.failureSummary)])];";

/// No violation of WCAG 2.1 AA that axe knows of. Gives how many of its rules had something to look at.
pub fn accessible(visit: &Visit<'_>, axe: &str) -> Result<u64> {
    let found = visit.browser.run(&format!("{axe}; {RULES}"), &[])?;
    ensure!(found[1] == json!([]), "it violates {:#}", found[1]);
    found[0].as_u64().context("axe gives no number of rules")
}

const WIDE: &str = "const width = document.documentElement.clientWidth; \
    if (document.documentElement.scrollWidth <= width) return []; \
    const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1); \
    return wide.slice(0, 5).map((e) => `${e.tagName}.${e.className}`).concat(`${document.documentElement.scrollWidth} px`);";

/// Nothing is wider than the window.
pub fn fits(visit: &Visit<'_>) -> Result<()> {
    let wide = visit.browser.run(WIDE, &[])?;
    ensure!(wide == json!([]), "too wide: {wide}");
    Ok(())
}

const CONTROLS: &str = "document.activeElement?.blur(); scrollTo(0, 0); \
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')] \
      .filter((e) => (e.tabIndex >= 0 || e.matches('a, button, input, select, textarea, summary')) && !e.disabled && e.checkVisibility({ visibilityProperty: true })); \
    all.forEach((e, index) => { e.dataset.walk = index; }); return all.length;";

/// Where the keyboard is: number of the control, and whether that can be seen. Even the shortest transition takes a
/// frame, on a busy machine a late one; what is around a control may show it, too, as a row of a list does.
const FOCUS: &str = "const e = document.activeElement; \
    const outlined = (n) => { const { outlineStyle, outlineWidth } = getComputedStyle(n); return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2; }; \
    const look = () => { \
      let ring = false; for (let n = e; n && n !== document.body; n = n.parentElement) ring ||= outlined(n); \
      const box = e.getBoundingClientRect(); \
      const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth; \
      return ring && seen && e.matches(':focus-visible'); }; \
    const end = performance.now() + 2000; \
    do { await new Promise((resolve) => setTimeout(resolve, 20)); } while (!look() && performance.now() < end); \
    return [e.dataset.walk ?? null, look(), e.tagName + ' ' + (e.innerText || e.name || '').slice(0, 40)];";

/// Walks through the page by the Tab key: every control is reached, and each shows that it is. Gives their number.
pub fn reachable(visit: &Visit<'_>) -> Result<u64> {
    let count = visit.browser.run(CONTROLS, &[])?.as_u64().context("a number of controls")?;
    let mut missing: Vec<String> = (0..count).map(|index| index.to_string()).collect();
    // What scrolls can be reached, too, without being a control.
    for _ in 0..count + 5 {
        if missing.is_empty() {
            return Ok(count);
        }
        press_tab(visit)?;
        let here = visit.browser.run(FOCUS, &[])?;
        let Some(index) = here[0].as_str() else { continue };
        ensure!(here[1] == true, "nobody sees that the keyboard is at {}", here[2]);
        missing.retain(|other| other != index);
    }
    let script =
        "return arguments[0].map((index) => document.querySelector(`[data-walk='${index}']`)?.outerHTML.slice(0, 120))";
    if missing.is_empty() { Ok(count) } else { bail!("not reached: {}", visit.browser.run(script, &[json!(missing)])?) }
}

fn press_tab(visit: &Visit<'_>) -> Result<()> {
    let key = |kind: &str| json!({ "type": kind, "value": "\u{e004}" });
    let keys = json!([{ "type": "key", "id": "keys", "actions": [key("keyDown"), key("keyUp")] }]);
    visit.browser.call("POST", "/actions", Some(json!({ "actions": keys }))).map(drop)
}
