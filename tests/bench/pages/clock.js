// In every page's head, before anything else: when the way to here began, and what came of it.
(() => {
  const { origin, pathname, search, hash } = location;
  const top = window === window.top;
  const memory = sessionStorage;
  const first = performance.now();
  if (top) {
    const answer = /[?#&](code|error)=/.test(search + hash);
    // A login is measured from its answer on.
    if (memory.began === "callback" && answer) memory.removeItem("began");
    memory.began ??= performance.timeOrigin;
  }
  // How large its memory is, an instance tells nobody else.
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...given) {
    const instance = new Instance(...given);
    const memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    window.bench.wasm = () => memory.buffer.byteLength;
    return instance;
  };
  WebAssembly.Instance.prototype = Instance.prototype;
  window.bench = {
    page: origin + pathname,
    authority: new URLSearchParams(document.currentScript.dataset.options).get("authority"),
    /** The SDK is ready; `calls` are what can be asked of it. */
    ready(status, calls) {
      if (!top) return;
      const now = performance.now();
      const ms = performance.timeOrigin + now - Number(memory.began);
      const result = { status, ms, scripts: now - first };
      Object.assign(window.bench, calls, { result });
    },
    failed(error) {
      if (top) window.bench.result = { status: "failed", error: String(error?.code ?? error?.message ?? error) };
    },
  };
})();
