//! A trap in the WebAssembly, wherever it happens: everybody who waits is told, nothing stays behind, and the page
//! can go on.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::engines::Driver;
use crate::visit;
use crate::world::{Visit, World};

/// Each way into the WebAssembly, as what has to be done for the trap to happen right there.
const WAYS: [(&str, &str); 11] = [
    ("a member", "traps.armed = traps.trap; session.status;"),
    ("a method", "traps.armed = traps.trap; waiting.push(session.getToken());"),
    ("a full stack", "traps.armed = traps.fill; session.user;"),
    ("a stack filled by the page", "const deep = () => { session.status; deep(); }; try { deep(); } catch {}"),
    // What was begun before has come to its first wait then, and is not what traps.
    ("createSession", "for (let i = 0; i < 9; i += 1) await null; traps.armed = traps.trap; waiting.push(create());"),
    ("an event", "traps.armed = traps.trap; window.dispatchEvent(new Event('pointerdown'));"),
    ("a timer", "const call = [...traps.timers.values()].at(-1); traps.arm = call; traps.setTimeout(call);"),
    (
        "a word of another tab",
        "const [{ name }] = traps.channels, other = new traps.Channel(name); other.postMessage('changed'); \
         later(() => other.close()); traps.inMessage = true;",
    ),
    ("the lock", "traps.inLock = true;"),
    ("an answer", "traps.after = '/token';"),
    (
        "a listener",
        "session.addEventListener('change', () => { traps.armed = traps.trap; session.status; }, { once: true });",
    ),
];

/// What is true after a trap; `WAY` is replaced.
const LOOK: &str = "const { session, create } = window.otrsAuthDemo, told = [], loud = [];
    const later = (work) => traps.setTimeout(work, 300), wait = () => new Promise(later);
    onerror = () => { loud.push('error'); return true; };
    onunhandledrejection = (event) => { loud.push(event.reason?.code ?? 'rejection'); event.preventDefault(); };
    const waiting = [session.getToken({ fresh: true }), session.fetch('/never')];
    for (const name of ['error', 'ended', 'change'])
      session.addEventListener(name, (event) => told.push([name, event.detail?.code, typeof event.detail?.cause?.message]));
    WAY
    const settled = await Promise.race([Promise.allSettled(waiting), wait().then(wait).then(wait).then(wait)]);
    const codes = settled?.map((one) => one.reason?.code ?? 'fulfilled');
    const left = { timers: traps.timers.size, channels: traps.channels.size, listeners: traps.signals.filter((s) => !s.aborted).length };
    const lock = () => navigator.locks.query().then(({ held }) => held.some((lock) => lock.name.startsWith('otrs-auth')));
    for (let round = 0; round < 10 && await lock(); round += 1) await wait();
    left.lock = await lock();
    const calls = [session.getToken(), session.fetch('/api/agent/tickets'), session.login(), session.logout()];
    const after = { status: session.status, rest: [session.connected, session.user, session.roles, session.customer, session.missingClaims,
      session.expiresAt, session.hasRole('Agent'), session.accountUrl(), session.close()], calls: (await Promise.allSettled(calls)).map((one) => one.reason?.code) };
    traps.inLock = traps.inMessage = traps.arm = traps.after = null;
    const next = await create(), token = await next.getToken({ fresh: true }), instances = traps.instances;
    return { codes, told, loud: new Set(loud).has('internal_error'), left, after, instances, again: next !== session,
      status: next.status.name, token: token.split('.').length, same: await create() === next }";

/// Everybody is told, once, and the next session is there without a question.
pub fn everywhere(world: &World, driver: &Driver) -> Result<()> {
    let desk = Desk::before(world, include_str!("traps.js"), &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            visit.browser.goto(&desk.url)?;
            visit.log_in("agent")?;
            for (name, way) in WAYS {
                desk.wait_for(visit, "signed_in", 20)?;
                after_a_trap(visit, name, way).with_context(|| format!("after a trap in {name}"))?;
                visit.browser.reload()?;
            }
            while_it_starts(visit, &desk)
        })
    })
}

/// `createSession` itself is told, and can be called again.
fn while_it_starts(visit: &Visit<'_>, desk: &Desk) -> Result<()> {
    visit.browser.goto(&format!("{}?trap", desk.url))?;
    desk.wait_for(visit, "failed", 20)?;
    let script = "const session = await window.otrsAuthDemo.create(); \
         return [document.body.dataset.code, session.status.name, traps.instances]";
    let seen = visit.browser.run(script, &[])?;
    ensure!(seen == json!(["internal_error", "signed_in", 2]), "after a trap in the start: {seen}");
    Ok(())
}

/// What a page hands over is not ours: that its getters throw ends nothing.
pub fn not_by_the_page(world: &World, driver: &Driver) -> Result<()> {
    let desk = Desk::before(world, include_str!("traps.js"), &json!({ "onLoad": "login" }))?;
    desk.registered(world, || {
        visit(world, driver, |visit| {
            desk.enter(visit)?;
            let seen = visit.ask(
                "const no = () => { throw new Error('no'); }, bad = Object.defineProperty({}, 'method', { get: no, enumerable: true }); \
                 const gone = Proxy.revocable({}, {}); gone.revoke(); \
                 const asked = [bad, gone.proxy].flatMap((options) => [session.getToken(options), session.login(options), \
                   session.logout(options), session.fetch('/api/agent/tickets', options)]); \
                 const codes = (await Promise.allSettled(asked)).map(({ reason }) => reason?.code ?? reason?.name), half = codes.length / 2; \
                 return [[codes.slice(0, half), codes.slice(half)], session.status.name, traps.instances]",
            )?;
            let codes = ["option_invalid", "option_invalid", "option_invalid", "TypeError"];
            ensure!(seen == json!([[codes, codes], "signed_in", 1]), "it is {seen}");
            Ok(())
        })
    })
}

fn after_a_trap(visit: &Visit<'_>, name: &str, way: &str) -> Result<()> {
    let seen = visit.browser.run(&LOOK.replace("WAY", way), &[])?;
    let codes: Vec<&Value> = seen["codes"].as_array().into_iter().flatten().collect();
    // Listeners hear of a change when the first one has what he waits for.
    let told = |code: &&&Value| ***code == "internal_error" || name == "a listener";
    ensure!(codes.len() >= 2 && codes.iter().filter(told).count() == codes.len(), "those who wait got {codes:?}");
    let events =
        json!([["error", "internal_error", "string"], ["ended", null, "undefined"], ["change", null, "undefined"]]);
    ensure!(seen["told"] == events || name == "a listener", "listeners heard {}", seen["told"]);
    let nothing = json!({ "timers": 0, "channels": 0, "listeners": 0, "lock": false });
    ensure!(seen["left"] == nothing && seen["loud"] == false, "it left {} behind, {}", seen["left"], seen["loud"]);
    let after = json!({
        "status": { "name": "ended", "reason": "internal_error" },
        "rest": [false, null, [], null, [], null, false, "", null],
        "calls": ["internal_error", "internal_error", "internal_error", "internal_error"],
    });
    ensure!(seen["after"] == after, "the session says {}", seen["after"]);
    let next = [&seen["again"], &seen["status"], &seen["token"], &seen["same"], &seen["instances"]];
    ensure!(json!(next) == json!([true, "signed_in", 3, true, 2]), "the next session: {next:?}");
    Ok(())
}
