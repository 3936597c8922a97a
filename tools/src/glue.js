// What takes the place of wasm-bindgen's functions of these names. Theirs look up methods when they call them, where
// a script of the page may have put its own, and keep views that show the whole memory.

/** All JavaScript values that the instance holds. Without a prototype, which could have setters for new indices. */
const heap = { __proto__: null, 1024: undefined, 1025: null, 1026: true, 1027: false };
/** Where the next one goes; what is free holds the next free one. */
let heap_next = 1028;
let WASM_VECTOR_LEN = 0;
let wasm;

const closures = new FinalizationRegistry(({ a, b }) => wasm.__wbindgen_destroy_closure(a, b));

function __wbg_finalize_init(instance) {
    wasm = instance.exports;
}

function addHeapObject(value) {
    const index = heap_next;
    heap_next = heap[index] ?? index + 1;
    heap[index] = value;
    return index;
}

function memory() {
    return read(wasm.memory, "buffer");
}

function getArrayU8FromWasm0(pointer, length) {
    return new Uint8Array(memory(), pointer >>> 0, length);
}

let decoder;
/** How many bytes it may still decode: Safari's fails after 2 GB. */
let decodable = -1;

function getStringFromWasm0(pointer, length) {
    if ((decodable -= length) < 0) {
        decodable = 2e9;
        decoder = new TextDecoder("utf-8", { __proto__: null, ignoreBOM: true });
    }
    return call(decoder, "decode", getArrayU8FromWasm0(pointer, length));
}

function passStringToWasm0(text, malloc, realloc) {
    const room = text.length * 3;
    const pointer = malloc(room, 1);
    WASM_VECTOR_LEN = call(encoder, "encodeInto", text, getArrayU8FromWasm0(pointer, room)).written;
    return room ? realloc(pointer, room, WASM_VECTOR_LEN, 1) : pointer;
}

const view = {
    setInt32(at, value) {
        new Int32Array(memory(), at, 1)[0] = value;
    },
    setFloat64(at, value) {
        new Float64Array(memory(), at, 1)[0] = value;
    },
};
function getDataViewMemory0() {
    return view;
}

function handleError(f, given) {
    try {
        return apply(f, undefined, given);
    } catch (problem) {
        wasm.__wbindgen_exn_store(addHeapObject(problem));
    }
}

function makeClosure(a, b, f) {
    const run = guard(f);
    const real = (x) => run(a, b, x);
    call(closures, "register", real, { a, b });
    return real;
}

// Without a prototype, as all scopes, by which an ended instance's are found (`npm/release.js`).
function withResolvers() {
    const all = { __proto__: null };
    all.promise = new Promise((resolve, reject) => {
        all.resolve = resolve;
        all.reject = reject;
    });
    return all;
}
