// The class of keycloak-js and ours, as far as they need no browser: what an instance has, and what is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Real, { NetworkError as RealNetworkError } from "keycloak-js";
import Ours, { NetworkError } from "otrs-auth/keycloak-js";

const config = { url: "https://iam.example.com", realm: "otrs-agents", clientId: "otrs-app" };
const [real, ours] = [new Real(config), new Ours(config)];

const members = (instance) => Object.keys(instance).sort();
assert.deepEqual(members(ours), members(real));
for (const name of members(real)) {
  // A method can be taken off its instance, so it is a member, too.
  assert.equal(typeof ours[name], typeof real[name], name);
  if (typeof real[name] !== "function") assert.deepEqual(ours[name], real[name], name);
}
assert.deepEqual(Object.getOwnPropertyNames(NetworkError.prototype), Object.getOwnPropertyNames(RealNetworkError.prototype));

// Every member of the types is there, and the guide says what becomes of it.
const types = readFileSync(new URL(import.meta.resolve("keycloak-js").replace(/js$/, "d.ts")), "utf8");
const [, body] = /declare class Keycloak \{([\s\S]*?)\n\}/.exec(types);
const typed = [...body.matchAll(/^ {2}(\w+)\??(?: ?\(|:)/gm)].map((match) => match[1]).filter((name) => name !== "constructor");
assert(typed.length > 45, "the types are read wrongly");
const guide = readFileSync(new URL("migrating-from-keycloak-js.md", import.meta.url), "utf8");
for (const name of typed) {
  assert(name in ours, `${name} is missing`);
  assert(guide.includes(`\`${name}\``), `the guide does not mention ${name}`);
}

/** What both say when they are used wrongly. */
async function refusal(Keycloak, work) {
  try {
    return { answer: await work(Keycloak) };
  } catch (error) {
    return { name: error.constructor.name, message: error.message };
  }
}
globalThis.window = { location: { href: "https://otrs.example.com/", search: "", hash: "" } };
globalThis.localStorage = { setItem() {}, removeItem() {} };
const init = (options) => (Keycloak) => new Keycloak(config).init(options);
const wrong = {
  nothing: (Keycloak) => new Keycloak(),
  number: (Keycloak) => new Keycloak(1),
  noRealm: (Keycloak) => new Keycloak({ url: "https://iam.example.com", clientId: "otrs-app" }),
  noClient: (Keycloak) => new Keycloak({ oidcProvider: "https://iam.example.com/realms/otrs-agents" }),
  mode: init({ responseMode: "form_post" }),
  flow: init({ flow: "password" }),
  pkce: init({ pkceMethod: "plain" }),
  tooEarly: (Keycloak) => new Keycloak(config).isTokenExpired(),
  noToken: (Keycloak) => new Keycloak(config).updateToken(5),
  noRoles: (Keycloak) => [new Keycloak(config).hasRealmRole("x"), new Keycloak(config).hasResourceRole("x")],
};
for (const [name, work] of Object.entries(wrong)) {
  assert.deepEqual(await refusal(Ours, work), await refusal(Real, work), name);
}

// Where we refuse and keycloak-js does not.
for (const options of [{ flow: "implicit" }, { flow: "hybrid" }, { adapter: "cordova" }]) {
  assert.match((await refusal(Ours, init(options))).message, /^otrs-auth has no /);
}
const other = (Keycloak) => new Keycloak({ clientId: "x", oidcProvider: "https://other.example.com" }).init();
assert.match((await refusal(Ours, other)).message, /Keycloak only/);
