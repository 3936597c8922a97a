import { internalError } from "./error.js";
import { own } from "./originals.js";
import { plain } from "./plain.js";

/** What a session shows once its WebAssembly is at its end: an answer for every member. */
function afterEnd(name) {
  switch (name) {
    case "status":
      return { name: "ended", reason: "internal_error" };
    case "connected":
      return false;
    case "roles":
    case "missingClaims":
      return [];
    case "accountUrl":
      return "";
    case "getToken":
    case "fetch":
    case "login":
    case "logout":
      return Promise.reject(internalError());
    default:
      return null;
  }
}

/** What the types say of it; all of it happens in the WebAssembly. */
export class Session extends EventTarget {
  #core;
  constructor(core) {
    super();
    this.#core = core;
  }
  #ask(name, options, more) {
    let answer;
    try {
      answer = this.#core([name, options, more]);
    } catch {
      // It is told where it happens, to everybody who waits.
    }
    return answer === undefined ? afterEnd(name) : answer;
  }
  get status() {
    return this.#ask("status");
  }
  get user() {
    return this.#ask("user");
  }
  get roles() {
    return this.#ask("roles");
  }
  get customer() {
    return this.#ask("customer");
  }
  get missingClaims() {
    return this.#ask("missingClaims");
  }
  get expiresAt() {
    return this.#ask("expiresAt");
  }
  get endsAt() {
    return this.#ask("endsAt");
  }
  get scope() {
    return this.#ask("scope");
  }
  get actionResult() {
    return this.#ask("actionResult");
  }
  get connected() {
    return this.#ask("connected");
  }
  hasRole(name) {
    return this.roles.includes(name);
  }
  getToken(options) {
    return this.#ask("getToken", plain(options));
  }
  async extend() {
    await own(this.getToken({ fresh: true }));
  }
  fetch(input, init) {
    return this.#ask("fetch", input, init);
  }
  login(options) {
    return this.#ask("login", plain(options));
  }
  logout(options) {
    return this.#ask("logout", plain(options));
  }
  accountUrl() {
    return this.#ask("accountUrl");
  }
  close() {
    this.#ask("close");
  }
}
