import { mockError } from "./mock-error.js";

/** How long before its end an unused session tells the page, ms; of a short one the last third. */
const WARNING = 60_000;

/** What happens to a mock session. */
export class MockControl {
  #session;
  #own;
  /** The options of all calls of `login` and `logout`. */
  logins = [];
  logouts = [];

  constructor(session, own) {
    this.#session = session;
    this.#own = own;
    own.waiting = [];
    own.signIn = (user, given) => this.#signIn(user, given);
    own.renew = () => this.#renew();
    own.token = () => `mock-access-token-${own.number}`;
    own.leave = (list, options, phase) => this.#leave(list, options, phase);
  }

  #send(...events) {
    if (this.#own.closed) return;
    for (const event of events) {
      this.#session.dispatchEvent(typeof event === "string" ? new Event(event) : event);
    }
  }

  #error(code, subject = "") {
    return mockError(code, subject, this.#own.config);
  }

  #signIn(user, { roles, customer = null }) {
    const own = this.#own;
    const { requiredRole } = own.config;
    Object.assign(own, { phase: "signed_in", reason: null, user: { ...user }, customer });
    own.roles = [...(roles ?? (requiredRole ? [requiredRole] : []))];
    this.#token();
  }

  #token() {
    const own = this.#own;
    own.number += 1;
    own.used = Date.now();
    own.expiresAt = own.used + own.config.lifetime;
  }

  #renew() {
    this.#token();
    this.#send("change");
  }

  #end(reason) {
    Object.assign(this.#own, { phase: "ended", reason, user: null, roles: [], customer: null });
    this.#send("ended", "change");
  }

  /** To Keycloak, from where nobody comes back by themselves. */
  #leave(list, options, phase) {
    const own = this.#own;
    if (own.closed) return Promise.reject(this.#error("session_closed"));
    const failure = this.failure();
    if (failure) return Promise.reject(failure);
    this[list].push(options);
    if (phase === "ended") {
      this.#end("logged_out");
      return new Promise(() => {});
    }
    const before = own.phase;
    if (before !== "signed_in") own.phase = phase;
    this.#send("change");
    if (own.connected) return new Promise((resolve) => own.waiting.push(resolve));
    own.phase = before;
    this.#send("change");
    return Promise.reject(this.#error("keycloak_unreachable"));
  }

  /** Somebody signs in, or another one does. */
  signInAs(user, { roles, customer } = {}) {
    const { config } = this.#own;
    const login = user.login ?? config.user?.login ?? "somebody";
    this.#signIn({ id: `mock-${login}`, login, ...user }, { roles, customer: customer ?? config.customer });
    this.#send("change");
    for (const resolve of this.#own.waiting.splice(0)) resolve();
  }

  /** The roles as the next token has them. */
  setRoles(roles) {
    this.#own.roles = [...roles];
    this.#renew();
  }

  /** The session ends. */
  expire(reason = "idle") {
    if (this.#own.phase === "signed_in") this.#end(reason);
  }

  /** The next call that could fail does, once. */
  fail(code, subject) {
    this.#own.failures.push(this.#error(code, subject));
  }

  /** What `fail` has prepared; taken by whoever asks. */
  failure() {
    return this.#own.failures.shift() ?? null;
  }

  /** Something goes wrong that no promise reports. */
  report(code, subject) {
    this.#send(new CustomEvent("error", { detail: this.#error(code, subject) }));
  }

  /** Keycloak cannot be reached. */
  disconnect() {
    if (!this.#own.connected) return;
    this.#own.connected = false;
    this.report("keycloak_unreachable");
    this.#send("change");
  }

  /** It can again. */
  reconnect() {
    if (this.#own.connected) return;
    this.#own.connected = true;
    this.#renew();
  }

  /** So many milliseconds go by in which nobody uses the session. */
  tick(ms = 0) {
    const own = this.#own;
    if (own.phase !== "signed_in") return;
    own.used -= ms;
    own.expiresAt -= ms;
    const { idle } = own.config;
    const end = own.used + idle;
    const now = Date.now();
    if (now >= end) return this.#end("idle");
    if (now < end - Math.min(idle / 3, WARNING) || own.warned === own.number) return;
    own.warned = own.number;
    this.#send("expiring");
  }
}
