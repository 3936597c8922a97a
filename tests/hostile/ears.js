// Loaded before the package: everything that anybody on the page could overhear.
window.heard = [];
const hear = (where, ...what) => {
  for (const value of what) {
    window.heard.push(`${where}: ${String(value?.stack ?? value)} ${typeof value === "object" ? JSON.stringify(value) : ""}`);
  }
};
for (const name of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"]) {
  const original = console[name];
  console[name] = (...what) => {
    hear(`console.${name}`, ...what);
    original.apply(console, what);
  };
}
addEventListener("error", (event) => hear("error", event.message, event.error));
addEventListener("unhandledrejection", (event) => hear("unhandledrejection", event.reason));
addEventListener("message", (event) => hear("message", event.data));
addEventListener("storage", (event) => hear("storage", event.key, event.newValue));
addEventListener("securitypolicyviolation", (event) => hear("violation", event.blockedURI, event.sample));

// A computer whose clock is wrong by so many milliseconds, and may jump: `shift` is by how much both clocks are off.
const { clock } = JSON.parse(atob(location.pathname.split("/")[2].replaceAll("-", "+").replaceAll("_", "/")));
if (clock !== undefined) {
  const wall = Date.now, monotonic = performance.now.bind(performance);
  window.shift = { wall: clock, monotonic: 0 };
  Date.now = () => wall() + window.shift.wall;
  performance.now = () => monotonic() + window.shift.monotonic;
}
