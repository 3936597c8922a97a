// Loads the WebAssembly once, and takes Keycloak's answer out of the address bar before anything else can see
// it. Everything else is in the WebAssembly.
import initialize, { createSession as create } from "./otrs_auth.js";

/** Everything that otrs-auth throws. */
export class AuthError extends Error {
  constructor(code, message, subject, remedy, retryable, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "AuthError";
    this.code = code;
    this.subject = subject;
    this.remedy = remedy ?? null;
    this.retryable = retryable;
  }
}

const LOAD_DEADLINE = 30_000;
/** `state` of an answer that we asked for: `otrs-auth.<namespace>.<secret>`. */
const STATE = /(?:^|&)state=otrs-auth\.([\w-]+)\./;
/** What an answer consists of; whatever else is in the address belongs to the page and stays. */
const ANSWER =
  /^(?:code|state|session_state|iss|error|error_description|error_uri|kc_action|kc_action_status|access_token|id_token|refresh_token|token_type|expires_in)=/;

/** Raw answers by namespace, until their session asks for them. */
const answers = new Map();
let ready;

const inBrowser = typeof window === "object" && typeof document === "object";
if (inBrowser) takeAnswer();

/** Synchronous, at import: until the address is clean, every request of this page would carry it as Referer. */
function takeAnswer() {
  const { pathname, search, hash } = window.location;
  const parts = [search.slice(1), hash.slice(1)];
  const found = parts.map((part) => STATE.exec(part)).find(Boolean);
  if (!found) return;
  const split = parts.map((part) => part.split("&"));
  answers.set(found[1], split.flat().filter((pair) => ANSWER.test(pair)).join("&"));
  const [query, fragment] = split.map((pairs) => pairs.filter((pair) => !ANSWER.test(pair)).join("&"));
  const clean = pathname + (query && "?" + query) + (fragment && "#" + fragment);
  window.history.replaceState(window.history.state, "", window.location.origin + clean);
}

/** What the types say of it; all of it happens in the WebAssembly. */
class Session extends EventTarget {
  #core;
  constructor(core) {
    super();
    this.#core = core;
  }
  get status() {
    return this.#core("status");
  }
  get user() {
    return this.#core("user");
  }
  get roles() {
    return this.#core("roles");
  }
  get customer() {
    return this.#core("customer");
  }
  get missingClaims() {
    return this.#core("missingClaims");
  }
  get expiresAt() {
    return this.#core("expiresAt");
  }
  get connected() {
    return this.#core("connected");
  }
  hasRole(name) {
    return this.roles.includes(name);
  }
  getToken(options) {
    return this.#core("getToken", options);
  }
  fetch(input, init) {
    return this.#core("fetch", input, init);
  }
  login(options) {
    return this.#core("login", options);
  }
  logout(options) {
    return this.#core("logout", options);
  }
  accountUrl() {
    return this.#core("accountUrl");
  }
  close() {
    this.#core("close");
  }
}

/** What the WebAssembly needs of this side. */
const host = {
  session: (core) => new Session(core),
  error: (...parts) => new AuthError(...parts),
  take(tag) {
    const answer = answers.get(tag);
    answers.delete(tag);
    return answer;
  },
};

async function load(wasmUrl) {
  const url = wasmUrl ?? new URL("otrs_auth_bg.wasm", import.meta.url);
  const module_or_path = fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(LOAD_DEADLINE) });
  try {
    await initialize({ module_or_path });
  } catch (cause) {
    throw loadError(cause, String(url));
  }
}

function loadError(cause, url) {
  // Each engine words it in its own way; all of them name the policy.
  if (cause instanceof WebAssembly.CompileError && /content security policy|csp|unsafe-eval|disallowed/i.test(cause.message)) {
    return new AuthError(
      "wasm_blocked",
      "This page's content security policy forbids WebAssembly.",
      "script-src",
      "Add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy that this page is served with.",
      false,
      cause,
    );
  }
  return new AuthError(
    "wasm_unavailable",
    "The WebAssembly file of otrs-auth cannot be loaded.",
    url,
    "Serve otrs_auth_bg.wasm beside the script or name its address by wasmUrl; best with the type application/wasm.",
    true,
    cause,
  );
}

/** Starts or joins the session of this page. */
export async function createSession(options) {
  if (!inBrowser) {
    throw new AuthError("browser_required", "createSession works in a browser only.", "", null, false);
  }
  ready ??= load(options?.wasmUrl).catch((problem) => {
    ready = undefined;
    throw problem;
  });
  await ready;
  return create(options, host);
}
