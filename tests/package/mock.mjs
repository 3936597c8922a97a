// The mock session, used as a front end's tests use it, and held to what the real session showed in `tests/flows`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AuthError } from "otrs-auth";
import { createMockSession, createSession } from "otrs-auth/mock";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const expected = JSON.parse(read("events.json"));
const code = (promise) => promise.then(() => "done", (error) => error.code);

/** The members of the session in the types, which the real one's are in a flow. */
function members() {
  const prototype = Object.getPrototypeOf(createMockSession());
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor").sort();
}

/** What a listener is told while `work` runs, as the flow writes it down. */
async function told(work, options) {
  const session = createMockSession(options);
  const events = [];
  for (const name of ["change", "ended", "expiring", "error"]) {
    session.addEventListener(name, (event) => {
      const { status } = session;
      events.push([name, status.reason ?? status.problem?.code ?? status.name, session.connected, event.detail?.code ?? null]);
    });
  }
  const answer = await work(session, session.control);
  return { events, answer: answer ?? null };
}

const away = async (session, control, reason) => {
  control.expire(reason);
  return code(session.getToken({ fresh: true }));
};

/** What happens, as in `tests/flows/mock_events.rs`. */
const happenings = {
  fresh_token: (session) => code(session.getToken({ fresh: true })),
  put_off: (session) => code(session.extend()),
  keycloak_away: (session, control) => {
    control.disconnect();
    return code(session.getToken({ fresh: true }));
  },
  role_taken: (session, control) => {
    control.setRoles([]);
    return code(session.getToken());
  },
  ended_by_administrator: (session, control) => away(session, control, "ended_by_keycloak"),
  account_disabled: (session, control) => away(session, control, "account_disabled"),
  login_begins: async (session) => void session.login(),
  logout_begins: async (session) => void session.logout(),
  nobody_asks: (session) => code(session.getToken()),
};
const signedOut = { user: null };
const options = { login_begins: signedOut, nobody_asks: signedOut };

assert.deepEqual(members(), expected.members);
const types = /export interface Session \{([\s\S]*?)\n\}/.exec(read("node_modules/otrs-auth/dist/index.d.ts"))[1];
const typed = [...types.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm)].map((match) => match[1]);
const inherited = ["addEventListener", "removeEventListener"];
assert.deepEqual([...new Set(typed)].filter((name) => !inherited.includes(name)).sort(), expected.members);

assert.deepEqual(Object.keys(happenings).sort(), Object.keys(expected.happenings).sort());
for (const [name, work] of Object.entries(happenings)) {
  assert.deepEqual(await told(work, options[name]), expected.happenings[name], name);
}

// Who is signed in.
const session = createMockSession({ interface: "customer", customer: { customerid: "ACME", city: "Ulm" } });
assert.equal(session.status.name, "signed_in");
assert.deepEqual([session.customer.city, session.roles, session.missingClaims], ["Ulm", ["Customer User"], []]);
session.control.signInAs({ login: "bob" }, { roles: ["Customer User", "VIP"], customer: {} });
assert.equal(session.status.problem.code, "customerid_missing");
assert.match(session.status.problem.remedy, /realm "otrs-customer-users".*User Attribute mapper/);
assert.deepEqual([session.user.login, session.hasRole("VIP"), session.missingClaims.length], ["bob", true, 3]);

// What goes wrong is an AuthError of the package itself.
const desk = createMockSession();
desk.control.fail("timeout");
const problem = await desk.getToken().catch((error) => error);
assert(problem instanceof AuthError);
assert.deepEqual([problem.code, problem.retryable, problem.subject], ["timeout", true, ""]);
assert.equal(await code(desk.getToken()), "done");
assert.throws(() => desk.control.fail("no_such_code"), /no_such_code/);
desk.control.fail("login_loop");
assert.equal(await code(createSession({ authority: "https://iam.example.com" })), "login_loop");
assert.equal(await createSession({ authority: "https://iam.example.com" }), desk);

// Calls of the API: token, own origin, one more try.
const asked = [];
const respond = (request) => {
  asked.push(request.headers.get("authorization"));
  return new Response(null, { status: asked.length === 1 ? 401 : 200 });
};
const caller = createMockSession({ respond, apiOrigins: ["https://otrs.example.com"] });
assert.equal((await caller.fetch("https://otrs.example.com/api", { method: "POST", body: "x" })).status, 200);
assert.deepEqual(asked, ["Bearer mock-access-token-1", "Bearer mock-access-token-2"]);
assert.equal(await code(caller.fetch("https://elsewhere.example.com/")), "api_origin_refused");

// Time that nobody uses.
const idle = createMockSession({ idle: 600_000, lifetime: 60_000 });
const heard = [];
for (const name of ["expiring", "ended"]) idle.addEventListener(name, () => heard.push(name));
idle.control.tick(539_000);
assert.deepEqual(heard, []);
idle.control.tick(2_000);
idle.control.tick(1_000);
assert.deepEqual(heard, ["expiring"]);
assert(Math.abs(idle.endsAt - Date.now() - 58_000) < 1_000);
await idle.extend();
idle.control.tick(59_000);
assert.equal(idle.status.name, "signed_in");
idle.control.tick(541_000);
assert.deepEqual([heard.join(), idle.status.reason], ["expiring,ended", "idle"]);

// A login comes back when the test says so.
const visitor = createMockSession({ user: null });
const login = visitor.login({ returnTo: "/tickets" });
assert.deepEqual([visitor.status.name, visitor.control.logins], ["signing_in", [{ returnTo: "/tickets" }]]);
visitor.control.signInAs({ login: "agent" });
await login;
assert.equal(visitor.status.name, "signed_in");
