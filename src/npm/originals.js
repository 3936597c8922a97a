/**
 * What the page's globals were when this package was imported. Any script of the page may replace them later, and
 * whoever sits in `fetch`, in `TextDecoder.prototype.decode` or in `Promise.prototype.then` sees tokens. The
 * WebAssembly's glue calls these in their place (`tools/src/glue.rs`).
 */
export const { FinalizationRegistry, Float64Array, Int32Array, Promise, TextDecoder, URL, Uint8Array, WebAssembly } =
  globalThis;
export const { apply, construct, getPrototypeOf } = Reflect;
export const { create, entries, setPrototypeOf } = Object;
export const { parse } = JSON;
export const encoder = new TextEncoder();
const { defineProperty, get, getOwnPropertyDescriptor, set } = Reflect;
const { getOwnPropertyDescriptors } = Object;

/** Whatever a secret passes through. */
const NAMES =
  "Crypto FinalizationRegistry IDBDatabase IDBFactory IDBObjectStore IDBOpenDBRequest IDBTransaction Object Promise ReadableStream Response Storage SubtleCrypto TextDecoder TextEncoder URL Uint8Array WritableStream crypto fetch indexedDB sessionStorage";

/** Members by the object that had them. */
const kept = new Map();
// Its own, because the prototype's may be replaced, too.
kept.get = kept.get;

/** An object and what it inherits from. */
function keep(object) {
  for (; object && !kept.get(object); object = getPrototypeOf(object)) {
    kept.set(object, create(null, getOwnPropertyDescriptors(object)));
  }
}

const globals = create(null);
for (const name of NAMES.split(" ")) {
  const was = getOwnPropertyDescriptor(globalThis, name);
  if (was) defineProperty(globals, name, was);
  keep(was?.value);
  keep(was?.value?.prototype);
}
kept.set(globalThis, globals);
keep(WebAssembly);
keep(WebAssembly?.Instance.prototype);
keep(WebAssembly?.Memory.prototype);

/**
 * A promise that is fulfilled with an object looks for its `then`, up to `Object.prototype`, where a script of the page
 * may have put a getter: it would see the answer with the tokens. These three find `undefined` before they get there.
 */
for (const { prototype } of globalThis.document ? [ArrayBuffer, Response, WebAssembly?.Module ?? Response] : []) {
  defineProperty(prototype, "then", create(null));
}

/** Where a member was at import, or else the object, which finds it itself. */
function owner(object, name) {
  for (let at = object; at; at = getPrototypeOf(at)) {
    const members = kept.get(at);
    if (members && name in members) return members;
  }
  return object;
}

/** `object[name]` */
export const read = (object, name) => get(owner(object, name), name, object);
/** `object[name] = value` */
export const write = (object, name, value) => set(owner(object, name), name, value, object);
/** `object[name](...given)` */
export const call = (object, name, ...given) => apply(read(object, name), object, given);

/** A promise that can be awaited: `await` looks at its `constructor`, and that of the prototype may be a getter. */
export function own(promise) {
  defineProperty(promise, "constructor", { __proto__: null, value: Promise });
  return promise;
}
