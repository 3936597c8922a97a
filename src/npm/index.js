// Loads the WebAssembly once, and takes Keycloak's answer out of the address bar before anything else can see
// it. Everything else is in the WebAssembly.
import { AuthError, internalError } from "./error.js";
import { instantiate } from "./instance.js";
import { own } from "./originals.js";
import { plain } from "./plain.js";
import { release } from "./release.js";
import { Session } from "./session.js";
import { compile, modules, REMEDY } from "./wasm.js";

export { AuthError };

/** `state` of an answer that we asked for: `otrs-auth.<namespace>.<secret>`. */
const STATE = /(?:^|&)state=otrs-auth\.([\w-]+)\./;
/** What an answer consists of; whatever else is in the address belongs to the page and stays. */
const ANSWER =
  /^(?:code|state|session_state|iss|error|error_description|error_uri|kc_action|kc_action_status|access_token|id_token|refresh_token|token_type|expires_in)=/;

/** Raw answers by namespace, until their session asks for them. */
const answers = { __proto__: null };

const inBrowser = typeof document === "object";
if (inBrowser) takeAnswer();

/** Synchronous, at import: until the address is clean, every request of this page would carry it as Referer. */
function takeAnswer() {
  const { pathname, search, hash } = window.location;
  const parts = [search.slice(1), hash.slice(1)];
  const found = parts.map((part) => STATE.exec(part)).find(Boolean);
  if (!found) return;
  const split = parts.map((part) => part.split("&"));
  answers[found[1]] = split.flat().filter((pair) => ANSWER.test(pair)).join("&");
  const [query, fragment] = split.map((pairs) => pairs.filter((pair) => !ANSWER.test(pair)).join("&"));
  const clean = pathname + (query && "?" + query) + (fragment && "#" + fragment);
  window.history.replaceState(window.history.state, "", window.location.origin + clean);
  // Else `RegExp.input` still holds what was matched last.
  /^/.test("");
}

/** What the WebAssembly needs of this side. */
const host = {
  session: (core) => new Session(core),
  error: (...parts) => new AuthError(...parts),
  take(tag) {
    const answer = answers[tag];
    delete answers[tag];
    return answer;
  },
};

async function load(module, wasmUrl) {
  const url = wasmUrl ?? module.url;
  try {
    await (module.compiled ? null : own(compile(module, url)));
    module.create = instantiate(module.compiled, (cause, values) => {
      // The next call of `createSession` begins with a new instance; never we by ourselves, that could go on for ever.
      module.running = module.create = undefined;
      release(values, internalError(cause));
    });
  } catch (cause) {
    module.running = undefined;
    throw loadError(cause, String(url));
  }
}

function loadError(cause, url) {
  // Each engine words it in its own way; all of them name the policy.
  if (cause?.name === "CompileError" && /security policy|csp|unsafe-eval|disallowed/i.test(cause.message)) {
    return new AuthError(
      "wasm_blocked",
      "This page's content security policy forbids WebAssembly.",
      "script-src",
      "Add 'wasm-unsafe-eval' to script-src of this page's Content-Security-Policy.",
      false,
      cause,
    );
  }
  return new AuthError(
    "wasm_unavailable",
    "The WebAssembly cannot be loaded.",
    url,
    REMEDY,
    true,
    cause,
  );
}

/** Starts or joins the session of this page. */
export async function createSession(options) {
  if (!inBrowser) {
    throw new AuthError("browser_required", "createSession needs a browser.", "", null, false);
  }
  const small = isSecureContext && (options?.dpop ?? "off") === "off" && options?.onLoad != "check";
  const module = modules[+!small];
  await own((module.running ??= load(module, options?.wasmUrl)));
  try {
    // There is none where the instance ended meanwhile. Not as a method: lowered, that passes the module on by `call`.
    const { create } = module;
    return create ? create(plain(options), host) : createSession(options);
  } catch (cause) {
    throw internalError(cause);
  }
}
