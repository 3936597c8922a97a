/**
 * The same as `otrs-auth` in one file: the WebAssembly is inside, so there is nothing else to serve and nothing to fetch.
 * The option `wasmUrl` has no effect here.
 */
export * from "./index.js";
