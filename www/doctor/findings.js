import { words } from "./say.js";

/** All checks in the order of the page. Only what stands here can be found. */
export const CHECKS = {
  secure: "Secure page",
  framing: "Frames around this page",
  storage: "Storage",
  policy: "Content security policy",
  wasm: "WebAssembly file",
  clock: "Clock",
  reach: "Keycloak answers",
  realm: "Realm",
  issuer: "Issuer",
  discovery: "What Keycloak offers",
  cookies: "Third-party cookies",
  version: "Keycloak's version",
  client: "Client",
  web_origin: "Web origin (CORS)",
  redirect_uri: "Redirect URI",
  standard_flow: "Standard flow",
  pkce: "PKCE enforced",
  issuer_parameter: "Issuer in the answer (RFC 9207)",
  implicit_flow: "Implicit flow",
  direct_grants: "Direct access grants",
  redirect_wildcard: "Foreign redirect URIs",
  login: "Test login",
  role: "Role",
  claims: "Claims",
  dpop: "Proof of possession (DPoP)",
  web_origin_wildcard: "Foreign web origins",
  lifetime: "Token lifetime",
  server_clocks: "Clocks of the servers",
  post_logout: "Post-logout redirect URI",
  unseen: "What no browser can see",
};

/** What was found so far, each told to `show` as it comes. */
export class Findings {
  #settings;
  #show;
  #found = new Map();

  constructor(settings, show) {
    this.#settings = settings;
    this.#show = show;
  }

  #put(id, finding) {
    const whole = { id, title: CHECKS[id], ...finding };
    this.#found.set(id, whole);
    this.#show(whole);
  }

  green(id, sentence) {
    this.#put(id, { level: "green", sentence });
  }

  /** Something to look at, or something that a browser cannot tell. */
  amber(id, sentence, remedy = "") {
    this.#put(id, { level: "amber", sentence, remedy });
  }

  /** A fault, by its code. */
  red(id, code, subject) {
    this.#put(id, { level: "red", ...words(code, this.#settings, subject) });
  }

  /** A fault that the package itself has put into words. */
  refused(id, error) {
    this.#put(id, { level: "red", code: error.code ?? "", sentence: error.message, remedy: error.remedy ?? "" });
  }

  /** Those could not be checked, for this reason. */
  unchecked(ids, why) {
    for (const id of ids) if (!this.#found.has(id)) this.amber(id, `Not checked: ${why}`);
  }

  is(id, level) {
    return this.#found.get(id)?.level === level;
  }

  /** In the order of the page. */
  all() {
    return Object.keys(CHECKS).map((id) => this.#found.get(id)).filter(Boolean);
  }
}
