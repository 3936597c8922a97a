import { getPrototypeOf } from "./originals.js";

/**
 * Gives back what an ended instance of the WebAssembly holds, by the values that it held: scopes (`browser/web.rs`),
 * which have no prototype, and texts, numbers and objects of the browser.
 */
export function release(values, error) {
  for (const index in values) {
    const value = values[index];
    try {
      if (getPrototypeOf(value) === null) giveBack(value, error);
    } catch {
      // What is no object has none; and the window of a foreign frame has no prototype either.
    }
  }
}

function giveBack(scope, error) {
  // The refresh lock: other tabs wait for it.
  scope.held?.resolve();
  clearTimeout(scope.timer);
  scope.controller?.abort();
  scope.channel?.close();
  scope.frame?.remove();
  const waiting = scope.own ?? scope;
  waiting.reject?.(error);
  // Where the end came before the front end got it, nobody waits for it.
  waiting.promise?.catch(() => {});
  scope.session?.dispatchEvent(new CustomEvent("error", { detail: error }));
  scope.session?.dispatchEvent(new Event("ended"));
  scope.session?.dispatchEvent(new Event("change"));
}
