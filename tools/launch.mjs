// Hands over to the Rust tools, after one look whether Rust is there to compile them.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cargo = spawnSync("cargo", ["--version"], { stdio: "ignore" });
if (cargo.error || cargo.status !== 0) {
  console.error("otrs-auth: Rust is missing: install it with rustup or your system's package manager, then run this command again.");
  process.exit(1);
}
const run = spawnSync("cargo", ["run", "--quiet", "--package", "otrs-auth-tools", "--", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(run.status ?? 1);
