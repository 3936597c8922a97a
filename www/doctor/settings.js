import { PRESETS } from "./words.js";

/** Keeps what is examined over the way to Keycloak and back, which leads to this page without its query. */
const KEPT = "otrs-auth-doctor";

/** This page: where a test login comes back to. */
export const HERE = location.origin + location.pathname;

/** What the form is called, in its own words. */
const FIELDS = ["authority", "interface", "realm", "client", "role", "dpop", "redirect", "logout"];

/** sessionStorage, or nothing where the browser has none for this page. */
export function tabStore() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

async function authorityOfServer() {
  const answer = await fetch("/config.json").catch(() => null);
  return answer?.ok ? (await answer.json().catch(() => ({}))).authority : undefined;
}

function complete(given) {
  const side = given.interface === "customer" ? "customer" : "agent";
  const preset = PRESETS[side];
  const text = (name, otherwise) => given[name]?.trim() || otherwise;
  return {
    interface: side,
    authority: text("authority", "").replace(/\/+$/u, ""),
    realm: text("realm", preset.realm),
    client: text("client", preset.client),
    role: text("role", preset.role),
    dpop: text("dpop", "off"),
    redirect: text("redirect", HERE),
    logout: text("logout", HERE),
  };
}

/**
 * What to examine, and whether to begin with it at once: where the address says it, or on the way back from Keycloak,
 * which is `returned`.
 */
export async function readSettings() {
  const asked = new URLSearchParams(location.search);
  const store = tabStore();
  const kept = store?.getItem(KEPT);
  store?.removeItem(KEPT);
  if (asked.get("authority")) {
    const given = Object.fromEntries(FIELDS.map((name) => [name, asked.get(name)]));
    const settings = complete(given);
    return { settings, begin: [settings.authority, settings.redirect, settings.logout].every((url) => URL.canParse(url)) };
  }
  if (kept) return { settings: JSON.parse(kept), begin: true, returned: true };
  return { settings: complete({ authority: await authorityOfServer() }), begin: false };
}

/** Before the browser leaves for Keycloak. */
export function keepSettings(settings) {
  tabStore()?.setItem(KEPT, JSON.stringify(settings));
}

/** The address that examines this. */
export function addressOf(settings) {
  return `${HERE}?${new URLSearchParams(settings)}`;
}

/** Shows in the form what is examined. Another interface brings its own names with it. */
export function fillForm(form, settings) {
  const fields = form.elements;
  for (const name of FIELDS) fields[name].value = settings[name];
  fields.interface.addEventListener("change", () => {
    for (const [name, value] of Object.entries(PRESETS[fields.interface.value])) fields[name].value = value;
  });
}

/** What the package is told. Plain http is a finding of its own here, not an end. */
export function sessionOptions(settings) {
  return {
    interface: settings.interface,
    authority: settings.authority,
    realm: settings.realm,
    clientId: settings.client,
    requiredRole: settings.role,
    dpop: settings.dpop,
    redirectUri: HERE,
    postLogoutRedirectUri: settings.logout,
    allowInsecureHttp: true,
    onLoad: "none",
  };
}
