// One instance of the WebAssembly, up to its end: whatever leaves it as an exception – a trap, a full stack – left
// its memory in the middle of something, so it is never entered again.
import { apply, construct, read, WebAssembly } from "./originals.js";
import { glue } from "./otrs_auth.js";

const { queueMicrotask } = globalThis;

/** Starts an instance and gives its `createSession`. `ended` is called with what ended it and the values that it held. */
export function instantiate(module, ended) {
  /** How many calls from either side are under way. */
  let depth = 0;
  let over = false;
  let told = false;
  let cause;

  /** Not from where it ended: the stack may be full there, even too full for this. Then a late call does it. */
  function tell() {
    if (!told) queueMicrotask(() => ended(cause, values()));
    told = true;
  }

  /** Neither side calls the other once it is over. A timer or listener that comes late finds nothing. */
  const guard = (call) =>
    function () {
      if (over && !depth) return tell();
      depth++;
      try {
        if (over) throw cause;
        // Not `...`: a script of the page could replace what lists are iterated by.
        return apply(call, undefined, arguments);
      } catch (problem) {
        if (!over) cause = problem;
        over = true;
        tell();
        throw problem;
      } finally {
        depth--;
      }
    };
  const guarded = (calls) => {
    const all = { __proto__: null };
    for (const name in calls) all[name] = typeof calls[name] === "function" ? guard(calls[name]) : calls[name];
    return all;
  };

  const { imports, start, values, createSession } = glue(guard);
  for (const origin in imports) imports[origin] = guarded(imports[origin]);
  // At once: what a promise is fulfilled with can be seen by a polluted prototype.
  start(guarded(read(construct(read(WebAssembly, "Instance"), [module, imports]), "exports")));
  return createSession;
}
