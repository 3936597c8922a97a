// Hands over to the Rust tools, after a look whether what compiles them is there.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function refuse(sentence) {
  console.error(`otrs-auth: ${sentence}`);
  process.exit(1);
}

const cargo = spawnSync("cargo", ["--version"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const version = /^cargo (\d+)\.(\d+)/.exec(cargo.stdout ?? "");
if (!version) {
  refuse("Rust is missing: install it with rustup or your system's package manager, then run this command again.");
}
if (Number(version[1]) === 1 && Number(version[2]) < 88) {
  refuse(`Rust 1.88 or newer is needed and this is ${version[1]}.${version[2]}: update it, for example with "rustup update".`);
}
if (spawnSync("cc", ["--version"], { stdio: "ignore" }).error) {
  refuse("A C compiler is missing, which Rust links with: install one, for example the packages gcc and libc6-dev.");
}

const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug", "otrs-auth-tools");
if (!existsSync(built)) console.log("otrs-auth: compiling the tools, which takes about a minute the first time");

const tools = spawn("cargo", ["run", "--quiet", "--package", "otrs-auth-tools", "--", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
// A terminal's Ctrl-C reaches the tools by itself; stay until they have stopped what they started.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => tools.kill(signal));
tools.on("exit", (code) => process.exit(code ?? 1));
