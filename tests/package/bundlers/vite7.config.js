import settings from "./vite.config.js";

// Bundled beforehand by a Vite before 8, the script would not find its WebAssembly.
export default { ...settings, cacheDir: "node_modules/.vite7", optimizeDeps: { exclude: ["otrs-auth"] } };
