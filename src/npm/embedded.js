// In place of `wasm.js` where the WebAssembly is in the script: nothing to fetch, and one module for all pages.
import { size, table, text } from "./bytes.js";
import { call, own, WebAssembly } from "./originals.js";

export const REMEDY = "Switch WebAssembly on in this browser; a lockdown mode switches it off.";

const full = { __proto__: null, url: "" };
export const modules = [full, full];

// At import: afterwards the methods that this calls may be other people's.
const bytes = decode();

/** `tools/src/embed.rs` says how it is written. */
function decode() {
  const found = new Uint8Array(size);
  const code = (at) => {
    const character = text.charCodeAt(at);
    return character - 32 - (character > 34) - (character > 60) - (character > 92);
  };
  for (let at = 0, index = 0; index < size; index++) {
    const first = code(at++);
    found[index] = table[first < 2 ? 90 + first * 92 + code(at++) : first - 2];
  }
  return found;
}

export function compile(module) {
  // Not by `await`: lowered to ES5 it calls whatever `then` the page has, which could hand on another module.
  return call(own(call(WebAssembly, "compile", bytes)), "then", (compiled) => {
    module.compiled = compiled;
  });
}
