// The addresses that the pages ask for their options and their API are those of the test's server.
const behind = process.env.BEHIND;

export default {
  // What a front end has to say of otrs-auth: bundled beforehand, it would not find its WebAssembly.
  optimizeDeps: { exclude: ["otrs-auth"] },
  server: { proxy: behind ? { "/options.json": behind, "/api": behind } : {} },
};
