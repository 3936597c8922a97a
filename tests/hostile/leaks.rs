//! The hunt for secrets outside of where they belong (A-30, A-31).

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::provider::Endpoint;
use crate::test;
use crate::world::{Visit, World, pause};
use crate::{Engines, Test};

pub fn tests() -> Vec<Test> {
    vec![
        test("a_31_nothing_within_reach_of_the_page", in_the_page),
        // WebKit's driver does not say where the profile is.
        Test { engines: Engines::NotWebkit, ..test("a_31_nothing_in_the_profile_folder", on_the_disk) },
        test("a_30_c_29_no_referer_after_the_import", referer),
        test("a_31_errors_hold_names_only", errors),
    ]
}

/// Everything that a script can read without asking the session for a token.
const WITHIN_REACH: &str = r#"
    const seen = new Set(), found = [];
    const walk = (value, path, depth) => {
      if (typeof value === "string") return void found.push([path, value]);
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        const bytes = new Uint8Array(value.buffer ?? value);
        let text = ""; for (const byte of bytes) text += String.fromCharCode(byte);
        return void found.push([path, text]);
      }
      if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value) || depth > 6) return;
      seen.add(value);
      for (let owner = value; owner && owner !== Object.prototype && owner !== Function.prototype; owner = Object.getPrototypeOf(owner)) {
        for (const key of Reflect.ownKeys(owner)) {
          let member; try { member = Reflect.get(owner, key, value); } catch { continue; }
          walk(member, path + "." + String(key), depth + 1);
        }
      }
    };
    walk(page.session, "session", 0);
    walk(page, "page", 0);
    walk(window.heard, "heard", 0);
    walk(await import("/otrs-auth/index.js"), "package", 0);
    for (const key of Object.keys(window)) if (!["page", "heard"].includes(key) && !key.startsWith("on")) {
      const value = window[key]; if (typeof value === "string") found.push(["window." + key, value]);
    }
    found.push(["JSON", JSON.stringify([page.session, page.settled, page.events])], ["text", String(page.session)]);
    found.push(["address", location.href], ["title", document.title], ["referrer", document.referrer]);
    found.push(["history", JSON.stringify(history.state)], ["cookie", document.cookie], ["page", document.documentElement.outerHTML]);
    for (const entry of performance.getEntries()) found.push(["performance", JSON.stringify(entry)]);
    for (const store of [localStorage, sessionStorage]) for (const key of Object.keys(store)) found.push(["storage." + key, key + store.getItem(key)]);
    const done = (r) => new Promise((f) => { r.onsuccess = () => f(r.result); });
    for (const { name } of (await indexedDB.databases?.()) ?? [{ name: "otrs-auth" }]) {
      const database = await done(indexedDB.open(name));
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName).objectStore(storeName);
        const [keys, values] = [await done(store.getAllKeys()), await done(database.transaction(storeName).objectStore(storeName).getAll())];
        keys.forEach((key, at) => { found.push(["database", String(key)]); walk(values[at], "database." + key, 0); });
      }
      database.close();
    }
    for (const name of (await self.caches?.keys()) ?? []) found.push(["caches", name]);
    return found"#;

fn reach(visit: &Visit<'_>) -> Result<Vec<(String, String)>> {
    let found: Value = visit.ask(WITHIN_REACH)?;
    let found = found.as_array().context("nothing")?.iter().map(|pair| {
        let text = |at: usize| pair[at].as_str().unwrap_or_default().to_string();
        (text(0), text(1))
    });
    Ok(found.collect())
}

/// What must not be found, cut small enough to survive being wrapped or cut itself.
fn pieces(secret: &str) -> impl Iterator<Item = &str> {
    let tail = secret.len().saturating_sub(24);
    [secret.get(..40).unwrap_or(secret), secret.get(tail..).unwrap_or(secret)].into_iter()
}

fn in_the_page(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        // Some trouble, which tells of itself.
        visit.outcome("session.fetch('https://evil.test/')")?;
        visit.outcome("session.login({ returnTo: 'https://evil.test/' })")?;
        let secrets = world.provider.secrets(&client);
        ensure!(secrets.len() >= 9, "only {} secrets", secrets.len());
        let found = reach(visit)?;
        ensure!(found.iter().any(|(place, _)| place.starts_with("database.")), "the database was not read");
        // The hunt finds what is there: the user's name is no secret.
        ensure!(found.iter().any(|(_, text)| text == "root@localhost"), "the hunt finds nothing at all");
        for (kind, secret) in &secrets {
            for (place, text) in &found {
                // The browser notes where it came from, and no page can take that away: a code that is used up.
                if place == "performance" && matches!(kind.as_str(), "code" | "state") {
                    continue;
                }
                // Every token begins alike; what is its own is at its end.
                let hit = pieces(secret).any(|piece| text.contains(piece) && !is_common(piece));
                ensure!(!hit, "the {kind} is in {place}");
            }
        }
        Ok(())
    })
}

/// The header of a token is no secret.
fn is_common(piece: &str) -> bool {
    piece.starts_with("eyJ")
}

fn on_the_disk(world: &World<'_>) -> Result<()> {
    world.alone(|visit| {
        let client = world.client();
        visit.enter(&client)?;
        ensure!(visit.outcome("session.getToken({ fresh: true })")? == "ok", "no refresh");
        let mark = "marker-that-the-search-has-to-find-0123456789";
        visit.ask(&format!("localStorage.setItem('{mark}', '{mark}')"))?;
        let profile = visit.browser.profile.clone().context("the driver does not name the profile folder")?;
        let secrets = world.provider.secrets(&client);
        // Until the browser has written what it holds back.
        let wrote = visit.until("the profile to be written", 40, || Ok(holds(&profile, mark).then_some(())));
        wrote.context("the search finds nothing at all")?;
        pause(1_000);
        for (kind, secret) in &secrets {
            // Requests and answers are in the list of visited addresses: no page can prevent that. They are used up,
            // as is the verifier, which lay in the database for the time of the login.
            if matches!(kind.as_str(), "code" | "state" | "nonce" | "code_verifier") {
                continue;
            }
            for piece in pieces(secret).filter(|piece| !is_common(piece)) {
                let wide: String = piece.chars().flat_map(|letter| [letter, '\0']).collect();
                ensure!(!holds(&profile, piece) && !holds(&profile, &wide), "the {kind} is in the profile");
            }
        }
        Ok(())
    })
}

fn holds(folder: &Path, text: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_symlink() {
            return false;
        }
        if path.is_dir() {
            return holds(&path, text);
        }
        // Texts are searched by the standard library's own code, which is optimized; what is looked for is ASCII.
        std::fs::read(&path).is_ok_and(|all| String::from_utf8_lossy(&all).contains(text))
    })
}

fn referer(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        for query in [false, true] {
            let client = world.client();
            world.provider.be(|faults| faults.query = query);
            world.referers.lock().map(|mut all| all.clear()).ok();
            visit.enter(&client)?;
            visit.ask("await fetch('/hostile/blank')")?;
            let referers = world.referers.lock().map(|all| all.clone()).unwrap_or_default();
            // What is loaded before the package runs carries the address as the browser got it: that is why the
            // answer is asked for in the fragment, which no Referer holds.
            let after = referers.iter().filter(|(path, _)| !query || !path.ends_with(".js"));
            for (path, from) in after {
                let leak = from.contains("code=") || from.contains("state=");
                ensure!(!leak, "{path} was asked for with the answer in its Referer");
            }
            ensure!(referers.iter().any(|(path, _)| path == "/hostile/blank"), "nothing was noted");
        }
        Ok(())
    })
}

/// Errors of every kind hold names, never what the server called secret.
fn errors(world: &World<'_>) -> Result<()> {
    world.visit(|visit| {
        let client = world.client();
        world.provider.be(|faults| {
            faults.token_answer = Some(std::sync::Arc::new(|answer: &mut Value| answer["token_type"] = json!("DPoP")));
        });
        visit.open(&client, json!({ "onLoad": "login" }))?;
        visit.refused("token_type_refused")?;
        visit.asked(&client, Endpoint::Token, 1)?;
        let shown = visit.ask(
            "const e = page.error; return [e.message, e.subject, e.remedy, e.stack, String(e.cause), JSON.stringify(e), ...window.heard].join(' ')",
        )?;
        let shown = shown.as_str().unwrap_or_default().to_string();
        ensure!(shown.len() > 50, "nothing is shown");
        for (kind, secret) in world.provider.secrets(&client) {
            ensure!(!shown.contains(&secret), "the {kind} is in the error");
        }
        Ok(())
    })
}
