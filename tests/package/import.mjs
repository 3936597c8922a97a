// Importing on a server has no effect; only calling does, and then says why it cannot work there.
const before = new Set(Reflect.ownKeys(globalThis));
const modules = [await import("otrs-auth"), await import("otrs-auth/inline")];
const classic = await import("otrs-auth/classic");
await Promise.all(["otrs-auth/keycloak-js", "otrs-auth/mock"].map((name) => import(name)));

const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key));
if (added.length > 0) throw new Error(`the import adds globals: ${added.map(String).join(", ")}`);
if (Object.keys(classic).length > 0) throw new Error(`the classic script exports ${Object.keys(classic)}`);

for (const { AuthError, createSession, ...rest } of modules) {
  if (Object.keys(rest).length > 0) throw new Error(`exports without a type: ${Object.keys(rest).join(", ")}`);
  const problem = await createSession({ authority: "https://iam.example.com" }).catch((error) => error);
  if (!(problem instanceof AuthError)) throw new Error(`createSession answers on a server: ${problem}`);
  if (problem.code !== "browser_required") throw new Error(`the wrong error on a server: ${problem.code}`);
}
