import { WORDS } from "./words.js";

const CLIENT = 'In Keycloak, realm "{r}", Clients, "{c}", ';

/** What only the doctor finds, as a sentence and its remedy; everything that the package itself finds is in words.js. */
const OWN = {
  connect_blocked: [
    "This page's content security policy forbids to ask Keycloak.",
    "Add {k} to connect-src of this page's Content-Security-Policy.",
  ],
  pkce_not_enforced: [
    "Keycloak takes logins of this client without PKCE: another program could use a stolen code.",
    `${CLIENT}Settings, Capability config: PKCE Method S256.`,
  ],
  issuer_left_out: [
    "Keycloak's answers name no issuer (RFC 9207), and the package refuses those.",
    `${CLIENT}Advanced, OpenID Connect Compatibility Modes: Exclude Issuer From Authentication Response off.`,
  ],
  client_confidential: [
    "Keycloak wants a secret of this client, and a browser has none.",
    `${CLIENT}Settings, Capability config: Client authentication off.`,
  ],
  standard_flow_off: [
    "Keycloak does not let this client begin a login.",
    `${CLIENT}Settings, Capability config: Standard flow on.`,
  ],
  implicit_flow_on: [
    "This client may get tokens in the address bar (implicit flow).",
    `${CLIENT}Settings, Capability config: Implicit flow off.`,
  ],
  direct_grants_on: [
    "Whoever knows this client's name may try passwords without Keycloak's login page (direct access grants).",
    `${CLIENT}Settings, Capability config: Direct access grants off.`,
  ],
  redirect_uri_wildcard: [
    "Keycloak sends logins of this client to addresses that are not the front end's.",
    `${CLIENT}Settings: take * and other people's addresses out of Valid redirect URIs.`,
  ],
  web_origin_wildcard: [
    "Any site may ask Keycloak's token endpoint in the name of this client.",
    `${CLIENT}Settings: take * out of Web origins; write out {o}.`,
  ],
  post_logout_refused: [
    "Keycloak does not come back to this address after a log-out; its own session goes on.",
    `${CLIENT}Settings: Valid post logout redirect URIs: add {l}`,
  ],
  clock_wrong: ["The clocks of this computer and of this page's server differ by {s}.", WORDS.id_token_expired[1]],
};

/** What stands for a letter in braces; see src/protocol/remedy.rs, and {k} Keycloak's origin, {l} post-logout URI. */
function value(letter, settings, subject) {
  const { realm, client, redirect, authority, logout } = settings;
  switch (letter) {
    case "r": return realm;
    case "c": return client;
    case "u": return redirect;
    case "o": return location.origin;
    case "i": return `${authority}/realms/${realm}`;
    case "a": return authority;
    case "k": return new URL(authority).origin;
    case "l": return logout;
    default: return subject;
  }
}

/** Sentence and remedy of a code, filled in. */
export function words(code, settings, subject = "") {
  const fill = (text) => text.replace(/\{(\w)\}/gu, (_, letter) => value(letter, settings, subject));
  const [sentence, remedy] = OWN[code] ?? WORDS[code];
  return { code, sentence: fill(sentence), remedy: fill(remedy) };
}

/** Which screen of Keycloak's administration a remedy is about. */
export function screenOf(remedy, { authority, realm }) {
  if (!remedy?.includes("In Keycloak, realm")) return null;
  const name = remedy.includes(", Users, ") ? "users" : remedy.includes("Realm settings") ? "realm-settings" : "clients";
  return `${authority}/admin/master/console/#/${encodeURIComponent(realm)}/${name}`;
}
