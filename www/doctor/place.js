// What this page's own server and this browser have to offer.

import { WORDS } from "./words.js";
import { tabStore } from "./settings.js";

const CORE = "/otrs-auth/otrs_auth_bg.wasm";
const FULL = "/otrs-auth/otrs_auth_full_bg.wasm";
/** The least module there is. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** Seconds by which clocks may differ: what Keycloak takes of proofs of possession, and what nobody should have. */
const CLOCK_AMBER = 10;
const CLOCK_RED = 60;

const head = (url) => fetch(url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(6000) });

export function checkSecure(findings) {
  if (isSecureContext) findings.green("secure", "This page is secure: https, or this computer.");
  else findings.red("secure", "insecure_page", location.origin);
}

export function checkFraming(findings) {
  if (window.top !== window) findings.red("framing", "page_framed");
  else findings.green("framing", "This page is not inside another one.");
}

function opensDatabase() {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open("otrs-auth-doctor");
      request.onupgradeneeded = () => request.transaction.abort();
      request.onsuccess = () => { request.result.close(); resolve(true); };
      // Aborted two lines above: it could be made.
      request.onerror = () => resolve(request.error?.name === "AbortError");
    } catch {
      resolve(false);
    }
    setTimeout(() => resolve(false), 5000);
  });
}

export async function checkStorage(findings) {
  if (!tabStore() || !navigator.cookieEnabled) return findings.red("storage", "storage_unavailable");
  if (await opensDatabase()) return findings.green("storage", "The browser stores data for this site.");
  return findings.amber("storage", "The browser opens no database for this site: each page load has a session of its own.", WORDS.storage_unavailable[1]);
}

/** The policy as this page's server sends it, and what it lacks. */
async function weakness() {
  const headers = await head(location.href).then((answer) => answer.headers, () => null);
  if (!headers) return null;
  const policy = headers.get("content-security-policy");
  if (!policy) return "This page has no Content-Security-Policy.";
  const scripts = /(?:^|;)\s*(?:script-src|default-src) ([^;]*)/u.exec(policy)?.[1] ?? "'unsafe-inline'";
  if (scripts.includes("'unsafe-inline'") && !/'(?:nonce|sha\d+)-/u.test(scripts)) return "This page's policy lets any inline script run.";
  if (!policy.includes("frame-ancestors") && !headers.get("x-frame-options")) return "Any site can put this page into a frame: frame-ancestors is missing.";
  return null;
}

/** `blocked` holds the directives that were violated so far. */
export async function checkPolicy(findings, blocked) {
  const compiles = await WebAssembly.compile(EMPTY).then(() => true, () => false);
  if (!compiles) return findings.red("policy", "wasm_blocked");
  if (blocked.has("connect-src")) return findings.red("policy", "connect_blocked");
  const weak = await weakness();
  if (weak) return findings.amber("policy", weak, "See README, Content security policy, for the lines that are needed.");
  return findings.green("policy", "This page's policy lets WebAssembly run and Keycloak be asked. The front end's own pages need the same.");
}

export async function checkWasm(findings, settings) {
  const url = isSecureContext && settings.dpop === "off" ? CORE : FULL;
  const answer = await head(url).catch(() => null);
  if (!answer?.ok) return findings.red("wasm", "wasm_unavailable", url);
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("application/wasm")) return findings.green("wasm", "The server has it, as application/wasm.");
  return findings.amber("wasm", `The server calls it ${type || "nothing"}, not application/wasm. The package works all the same.`, "nginx: types { application/wasm wasm; }  Apache: AddType application/wasm .wasm");
}

/** Seconds that this page's server is ahead of this computer; null where it does not say. */
async function serverAhead() {
  const before = Date.now();
  const answer = await head(location.href).catch(() => null);
  const date = Date.parse(answer?.headers.get("date") ?? "");
  // `Date` has whole seconds, cut off.
  return Number.isNaN(date) ? null : (date + 500 - (before + Date.now()) / 2) / 1000;
}

/** Gives how far the server is ahead. */
export async function checkClock(findings) {
  const ahead = await serverAhead();
  const seconds = Math.round(Math.abs(ahead ?? 0));
  if (ahead === null) findings.amber("clock", "This page's server does not say what time it is.");
  else if (seconds > CLOCK_RED) findings.red("clock", "clock_wrong", `${seconds} s`);
  else if (seconds > CLOCK_AMBER) findings.amber("clock", `The clocks of this computer and of this page's server differ by ${seconds} s.`, WORDS.id_token_expired[1]);
  else findings.green("clock", "This computer and this page's server agree about the time.");
  return ahead;
}
