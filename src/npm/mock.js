// A session for the front end's own tests: no WebAssembly, no network, no browser. It shows and sends what the real one
// does (`tests/package/events.json` holds both to it), but nobody is checked.
import { AuthError } from "./index.js";
import { MockControl } from "./mock-control.js";
import { mockError, page } from "./mock-error.js";

export { AuthError };

const PRESETS = {
  agent: {
    realm: "otrs-agents",
    requiredRole: "Agent",
    user: { id: "mock-agent", login: "agent", name: "Ann Agent", firstName: "Ann", lastName: "Agent", email: "agent@example.com" },
    customer: null,
  },
  customer: {
    realm: "otrs-customer-users",
    requiredRole: "Customer User",
    user: { id: "mock-customer", login: "ada", name: "Ada Customer", firstName: "Ada", lastName: "Customer", email: "ada@example.com" },
    customer: { customerid: "ACME" },
  },
};

const DEFAULTS = {
  interface: "agent",
  authority: "https://iam.example.com",
  clientId: "otrs-app",
  scope: "openid profile email",
  actionResult: null,
  lifetime: 300_000,
  idle: 1_800_000,
};

/** What belongs to a claim: the member of `user` that shows it. */
const CLAIMS = { given_name: "firstName", family_name: "lastName", email: "email" };

/** What the types say of it. */
export class MockSession extends EventTarget {
  /** Everything that {@link MockControl} changes. */
  #own;
  constructor(options) {
    super();
    const preset = PRESETS[options.interface ?? DEFAULTS.interface];
    if (!preset) throw mockError("option_invalid", "interface", {});
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const config = { ...DEFAULTS, ...preset, ...given };
    this.#own = { config, phase: "signed_out", reason: null, user: null, roles: [], customer: null };
    Object.assign(this.#own, { connected: true, closed: false, failures: [], number: 0, expiresAt: 0, used: 0, warned: 0 });
    this.control = new MockControl(this, this.#own);
    if (config.user) this.#own.signIn(config.user, config);
  }
  #error(code, subject = "") {
    return mockError(code, subject, this.#own.config);
  }
  get #problem() {
    const { user, roles, customer, config } = this.#own;
    if (!user.login) return this.#error("claim_missing", "preferred_username");
    if (config.requiredRole && !roles.includes(config.requiredRole)) return this.#error("role_missing", config.requiredRole);
    if (config.interface === "customer" && !customer?.customerid) return this.#error("customerid_missing", "customerid");
    return null;
  }
  get status() {
    const { phase, user, reason } = this.#own;
    if (phase === "ended") return { name: "ended", reason };
    if (phase !== "signed_in") return { name: phase };
    const problem = this.#problem;
    return problem ? { name: "no_access", user: { ...user }, problem } : { name: "signed_in", user: { ...user } };
  }
  get user() {
    return this.#own.user && { ...this.#own.user };
  }
  get roles() {
    return [...this.#own.roles];
  }
  get customer() {
    return this.#own.customer && { ...this.#own.customer };
  }
  get missingClaims() {
    const { user } = this.#own;
    return user ? Object.keys(CLAIMS).filter((claim) => !user[CLAIMS[claim]]) : [];
  }
  get expiresAt() {
    return this.#own.user && this.#own.expiresAt;
  }
  get endsAt() {
    return this.#own.user && this.#own.used + this.#own.config.idle;
  }
  get scope() {
    return this.#own.user && this.#own.config.scope;
  }
  get actionResult() {
    return this.#own.config.actionResult;
  }
  get connected() {
    return this.#own.connected;
  }
  hasRole(name) {
    return this.roles.includes(name);
  }
  #refuse() {
    const { phase, reason, failures, closed } = this.#own;
    if (closed) throw this.#error("session_closed");
    const failure = failures.shift();
    if (failure) throw failure;
    if (phase === "ended") throw this.#error("session_ended", reason);
    if (phase !== "signed_in") throw this.#error("not_signed_in");
    const problem = this.#problem;
    if (problem) throw problem;
  }
  async getToken({ minValidity = 10, fresh = false } = {}) {
    this.#refuse();
    const { config, expiresAt, connected } = this.#own;
    const left = expiresAt - Date.now();
    if (fresh || left <= Math.min(minValidity * 1000, config.lifetime / 2)) {
      if (connected) this.#own.renew();
      else if (fresh || left <= 0) throw this.#error("keycloak_unreachable");
    }
    return this.#own.token();
  }
  async extend() {
    await this.getToken({ fresh: true });
  }
  async fetch(input, init) {
    const given = input instanceof Request ? input : new URL(input, page());
    const request = new Request(given, init);
    const { origin } = new URL(request.url);
    const { apiOrigins = [new URL(page()).origin], respond } = this.#own.config;
    if (!apiOrigins.includes(origin)) throw this.#error("api_origin_refused", origin);
    if (!respond) throw new TypeError("The mock session has nobody to ask: give createMockSession the option respond.");
    const ask = async (options) => {
      const own = request.clone();
      own.headers.set("authorization", `Bearer ${await this.getToken(options)}`);
      return respond(own);
    };
    const answer = await ask();
    return answer.status === 401 ? ask({ fresh: true }) : answer;
  }
  login(options = {}) {
    return this.#own.leave("logins", options, "signing_in");
  }
  logout(options = {}) {
    if (this.#own.phase !== "signed_in") return Promise.resolve();
    return this.#own.leave("logouts", options, "ended");
  }
  accountUrl() {
    const { authority, realm, clientId } = this.#own.config;
    const query = new URLSearchParams({ referrer: clientId, referrer_uri: page().split(/[?#]/)[0] });
    return `${authority}/realms/${realm}/account/?${query}`;
  }
  close() {
    this.#own.closed = true;
  }
}

let latest = null;

/** Makes a session whose `control` says what happens to it. */
export function createMockSession(options = {}) {
  latest = new MockSession(options);
  return latest;
}

/** In place of the real one, where the tests' configuration has "otrs-auth/mock" stand for "otrs-auth". */
export async function createSession({ interface: name } = {}) {
  latest ??= createMockSession({ interface: name });
  const failure = latest.control.failure();
  if (failure) throw failure;
  return latest;
}
