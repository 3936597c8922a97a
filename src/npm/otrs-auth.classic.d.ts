/**
 * The same as `otrs-auth` as one classic script with the WebAssembly inside, for pages without modules: it sets the
 * global `OtrsAuth` and nothing else. The option `wasmUrl` has no effect here.
 */
import type * as otrsAuth from "./index.js";

declare global {
  /**
   * Is always there once the script has run. In a browser that is too old, `createSession` is rejected with
   * `browser_too_old`, whose `subject` lists what the browser lacks.
   */
  var OtrsAuth: Pick<typeof otrsAuth, "AuthError" | "createSession">;
}
