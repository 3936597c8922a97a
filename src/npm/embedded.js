// In place of `wasm.js` where the WebAssembly is in the script: nothing to fetch, and one module for all pages.
import bytes from "./otrs_auth_full_bg.wasm";
import { call, own, WebAssembly } from "./originals.js";

export const REMEDY = "Switch WebAssembly on in this browser; a lockdown mode switches it off.";

const full = { __proto__: null, url: "" };
export const modules = [full, full];

export function compile(module) {
  // Not by `await`: lowered to ES5 it calls whatever `then` the page has, which could hand on another module.
  return call(own(call(WebAssembly, "compile", bytes)), "then", (compiled) => {
    module.compiled = compiled;
  });
}
