// Loaded before the package: lets the WebAssembly trap wherever a test wants it, by nothing that ships. Between the
// WebAssembly and what it imports stands another small one, whose trap is as real and cannot be caught in there.
(() => {
  // Two functions: `unreachable`, and one that calls itself.
  const bytes = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 3, 2, 0, 0, 7, 9, 2, 1, 116, 0, 0, 1, 115, 0, 1,
    10, 10, 2, 3, 0, 0, 11, 4, 0, 16, 1, 11,
  ];
  const { t: trap, s: fill } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports;
  const { setTimeout, clearTimeout, addEventListener, fetch, BroadcastChannel: Channel } = window;

  /** `armed` is what the next call does. The others arm later: in a timer, a message or the lock, after a request. */
  const traps = {
    trap, fill, armed: null, arm: null, inMessage: false, inLock: false, after: null,
    setTimeout: setTimeout.bind(window), Channel, instances: 0, timers: new Map(), signals: [], channels: new Set(),
  };
  window.traps = traps;

  /** Once the call that is under way came back. */
  const later = () => setTimeout(() => { traps.armed = trap; }, 0);

  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    traps.instances += 1;
    const all = {};
    for (const [origin, calls] of Object.entries(imports)) {
      all[origin] = {};
      for (const [name, call] of Object.entries(calls)) {
        all[origin][name] = (...args) => {
          const { armed } = traps;
          traps.armed = null;
          armed?.();
          return call(...args);
        };
      }
    }
    // In the middle of the start, where a page asks for that.
    if (location.search === "?trap" && traps.instances === 1) later();
    return new Instance(module, all);
  };
  WebAssembly.Instance.prototype = Instance.prototype;

  // The WebAssembly's functions: each is noted there, to be given back once (`tools/src/glue.js`).
  const ours = new WeakSet();
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (target, ...rest) {
    ours.add(target);
    return register.call(this, target, ...rest);
  };

  // What has to be given back, and where a trap can wait.
  window.setTimeout = (call, ms, ...rest) => {
    // Others, as a browser's driver does, set timers, too.
    if (!ours.has(call)) return setTimeout(call, ms, ...rest);
    const run = () => {
      traps.timers.delete(id);
      if (traps.arm) traps.armed = trap;
      call();
    };
    const id = setTimeout(run, ms);
    traps.timers.set(id, run);
    return id;
  };
  window.clearTimeout = (id) => {
    traps.timers.delete(id);
    clearTimeout(id);
  };
  window.addEventListener = (...args) => {
    if (args[2]?.signal) traps.signals.push(args[2].signal);
    return addEventListener.apply(window, args);
  };
  window.BroadcastChannel = class extends Channel {
    constructor(name) {
      super(name);
      traps.channels.add(this);
      this.addEventListener("message", () => {
        if (traps.inMessage) traps.armed = trap;
      });
    }
    close() {
      traps.channels.delete(this);
      super.close();
    }
  };
  const { request } = LockManager.prototype;
  LockManager.prototype.request = function (name, how, work) {
    const inside = (lock) => {
      if (traps.inLock) traps.armed = trap;
      return work(lock);
    };
    return request.call(this, name, how, inside);
  };
  window.fetch = (...args) => {
    if (traps.after && String(args[0]).endsWith(traps.after)) later();
    return String(args[0]?.url).endsWith("/never") ? new Promise(() => {}) : fetch(...args);
  };
})();
