// Where the WebAssembly is, and how it is loaded. What has it inside (`embedded.js`) takes the place of this.
import { call, own, read, WebAssembly } from "./originals.js";

const LOAD_DEADLINE = 30_000;
/** What to do where it cannot be loaded. */
export const REMEDY = "Serve the .wasm files beside the script, or set wasmUrl; allow it in connect-src.";

/** Where bundlers put it; some leave no address to begin at. */
const core = import.meta.url && new URL("otrs_auth_bg.wasm", import.meta.url).href;
const full = import.meta.url && new URL("otrs_auth_full_bg.wasm", import.meta.url).href;
/**
 * For secure pages, and for the others and proof of possession. What there is of each: `compiled`, once it is here;
 * `create`, which is `createSession` of the instance that runs, and no promise is fulfilled with it, where others might
 * look; `running`, which waits until there is one.
 */
export const modules = [
  { __proto__: null, url: core },
  { __proto__: null, url: full },
];

/** Gets it from this address. */
export async function compile(module, url) {
  const signal = AbortSignal.timeout(LOAD_DEADLINE);
  const answer = await own(call(globalThis, "fetch", url, { __proto__: null, credentials: "same-origin", signal }));
  if (!read(answer, "ok")) throw new Error(`The server answered ${answer.status}.`);
  // Not while it arrives: WebKit's `compileStreaming` hands the module on by whatever `then` the page has.
  module.compiled = await own(call(WebAssembly, "compile", await own(call(answer, "arrayBuffer"))));
}
