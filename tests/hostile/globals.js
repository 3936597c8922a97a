// The front end of `globals.rs`: the package is imported, and then everything that a script can replace is replaced
// by something that does the same and looks at whatever passes through it.
import { createSession } from "/otrs-auth/index.js";

const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { then } = Promise.prototype;
const text = Response.prototype.text;
const clone = Response.prototype.clone;
const bodyUsed = getOwnPropertyDescriptor(Response.prototype, "bodyUsed").get;
const latin = new TextDecoder("latin1");
latin.decode = latin.decode;
const { isView } = ArrayBuffer;
const store = sessionStorage;
const storeSet = store.setItem;
const { stringify } = JSON;
/** Whoever has one of these has everything: the memory, or another module in place of ours. */
const WHOLE = "the WebAssembly itself";
const INSIDE = [WebAssembly.Memory, WebAssembly.Instance, WebAssembly.Module];
INSIDE.some = INSIDE.some;
const from = Array.from;

/** Every text that was seen, of this page load and of those before. */
const seen = new Set(JSON.parse(store.getItem("seen") ?? "[]"));
seen.add = seen.add;
const note = (where, value) => seen.add(`${where}: ${value}`);
/** While we look, what we replaced does not look. */
let looking = false;
let visited;

function look(where, value, depth) {
  if (typeof value === "string") {
    if (value.length > 15) note(where, value);
    return;
  }
  if (value === null || (typeof value !== "object" && typeof value !== "function") || depth > 4) return;
  if (value === window || value === document || visited.has(value)) return;
  visited.add(value);
  try {
    if (value instanceof ArrayBuffer || isView(value)) return note(where, bytes(value));
    if (INSIDE.some((kind) => value instanceof kind)) note(where, WHOLE);
    if (value instanceof Response && !apply(bodyUsed, value, [])) hear(where, apply(text, apply(clone, value, []), []), depth);
    if (value instanceof Promise) hear(where, value, depth);
  } catch {
    // Some prototypes pretend to be instances.
  }
  for (let owner = value; owner && owner !== Object.prototype && owner !== Function.prototype; owner = getPrototypeOf(owner)) {
    const keys = ownKeys(owner);
    for (let at = 0; at < keys.length && at < 3000; at++) {
      let member;
      try {
        member = Reflect.get(owner, keys[at], value);
      } catch {
        continue;
      }
      look(where, member, depth + 1);
    }
  }
}

function bytes(value) {
  const length = value.byteLength;
  return (value.buffer ?? value).byteLength > 900_000 ? WHOLE : length > 1e6 ? "" : latin.decode(value);
}

function hear(where, promise, depth) {
  apply(then, promise, [(value) => watch(where, [value], depth + 1), () => {}]);
}

function watch(where, values, depth = 0) {
  if (looking) return;
  looking = true;
  visited = new WeakSet();
  visited.add = visited.add;
  visited.has = visited.has;
  try {
    for (let at = 0; at < values.length; at++) look(where, values[at], depth);
  } finally {
    looking = false;
  }
}

/** A function that does the same. */
function spied(where, original) {
  return function (...given) {
    watch(where, [this, given]);
    const result = apply(original, this, given);
    watch(where, [result]);
    return result;
  };
}

/** Every method and accessor of an object, and `constructor`, which promises look up themselves. */
function replaceMembers(name, owner) {
  for (const key of ownKeys(owner)) {
    const member = getOwnPropertyDescriptor(owner, key);
    const where = `${name}.${String(key)}`;
    if (!member.configurable || (key === "constructor" && owner === Function.prototype)) continue;
    if (key === "constructor") {
      const { value } = member;
      defineProperty(owner, key, { configurable: true, get() { watch(where, [this]); return value; }, set() {} });
    } else if (typeof member.value === "function") {
      const traps = {
        apply: (target, self, given) => apply(spied(where, target), self, given),
        construct: (target, given, self) => {
          watch(where, [given]);
          const made = construct(target, given, self);
          watch(where, [made]);
          return made;
        },
      };
      defineProperty(owner, key, { ...member, value: new Proxy(member.value, traps) });
    } else if (member.get || member.set) {
      const get = member.get && spied(where, member.get);
      const set = member.set && spied(where, member.set);
      defineProperty(owner, key, { ...member, get, set });
    }
  }
}

const CLASSES = `AbortController AbortSignal Array ArrayBuffer BroadcastChannel Crypto DataView Document Element Event
  EventTarget FinalizationRegistry Function Headers History IDBDatabase IDBFactory IDBKeyRange IDBObjectStore
  IDBOpenDBRequest IDBRequest IDBTransaction LockManager Map MessageEvent Navigator Node Object Performance Promise
  ReadableStream ReadableStreamDefaultReader RegExp Request Response Set Storage String SubtleCrypto TextDecoder
  TextEncoder URL URLSearchParams Uint8Array WeakMap WeakRef WritableStream WritableStreamDefaultController
  WritableStreamDefaultWriter`;
const GLOBALS = `addEventListener clearTimeout crypto dispatchEvent fetch indexedDB performance queueMicrotask
  sessionStorage setTimeout structuredClone navigator`;

function replaceEverything() {
  const classes = CLASSES.split(/\s+/).filter((name) => name in window).map((name) => [name, window[name]]);
  const typed = getPrototypeOf(Uint8Array);
  const spaces = [["JSON", JSON], ["Reflect", Reflect], ["WebAssembly", WebAssembly], ["TypedArray", typed]];
  const iterator = getPrototypeOf([][Symbol.iterator]());
  const owners = [["iterator", iterator], ["TypedArray.prototype", typed.prototype]];
  for (const name of ["Memory", "Instance", "Table"]) owners.push([`WebAssembly.${name}`, WebAssembly[name].prototype]);
  for (const [name, value] of classes) owners.push([`${name}.prototype`, value.prototype], [name, value]);
  owners.push(...spaces);
  for (const name of [...GLOBALS.split(/\s+/), ...classes.map(([name]) => name)]) {
    const member = getOwnPropertyDescriptor(window, name);
    if (member?.configurable) replaceGlobal(name, member);
  }
  for (const [name, owner] of owners) replaceMembers(name, owner);
  pollute();
}

/** One member of the window; the others are not ours to touch. */
function replaceGlobal(name, member) {
  const holder = { __proto__: null };
  defineProperty(holder, name, member);
  replaceMembers("window", holder);
  defineProperty(window, name, getOwnPropertyDescriptor(holder, name));
}

/** Where the glue could put the next value that the WebAssembly is given. */
const INDEX = /^10\d\d$/;
INDEX.exec = INDEX.exec;

/** Members that every plain object seems to have: of descriptors, options, results and thenables. */
function pollute() {
  const names = ["then", "get", "set", "value", "done", "redirect", "credentials", "headers", "method", "body", "mode", "type"];
  const more = ["signal", "duplex", "priority", "window", "buffer", "1028", "1029", "1030", "1031", "1032", "reject", "wasmUrl", "0", "1", "2", "3"];
  for (const name of [...names, ...more]) {
    const set = function (value) {
      watch(`Object.prototype.${name} =`, [this, value]);
      if (INDEX.exec(name)) note(name, WHOLE);
      defineProperty(this, name, { __proto__: null, value, configurable: true, enumerable: true, writable: true });
    };
    const get = function () {
      watch(`Object.prototype.${name}`, [this]);
      return undefined;
    };
    defineProperty(Object.prototype, name, { __proto__: null, configurable: true, get, set });
  }
}

/** What regular expressions remember of the last text that they were tried on. */
for (const name of ["input", "lastMatch", "leftContext", "rightContext"]) note(`RegExp.${name}`, RegExp[name]);
addEventListener("pagehide", () => apply(storeSet, store, ["seen", stringify(from(seen))]));
const options = JSON.parse(atob(location.pathname.split("/")[2].replaceAll("-", "+").replaceAll("_", "/")));
const page = { events: [], settled: null, session: null };
window.page = page;
replaceEverything();
createSession(options).then(
  (session) => {
    page.session = session;
    page.settled = { status: session.status.name };
  },
  (error) => {
    page.settled = { code: error.code, message: String(error.cause?.stack ?? error.stack) };
  },
);
