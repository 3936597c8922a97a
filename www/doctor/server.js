// What Keycloak says of itself to everybody.

import { listenTo } from "./look.js";
import { KEYCLOAK_VERSION } from "./words.js";

const DEADLINE = 5000;
const ROUNDS = 3;
/** Slower than this, ms, and people notice at every login. */
const SLOW = 1000;

const ask = (url) => fetch(url, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(DEADLINE) });

/** Keys of the realm that every Keycloak has: its answer can be read by any origin, that of a missing realm cannot. */
const anyRealm = (authority) => ask(`${authority}/realms/master/protocol/openid-connect/certs`).then((answer) => answer.ok, () => false);

/** Asks for the discovery document some times; its answer, and how long that took in the middle. */
async function discover(issuer) {
  const times = [];
  let answer = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    answer = await ask(`${issuer}/.well-known/openid-configuration`).catch(() => null);
    if (!answer) break;
    times.push(performance.now() - begin);
  }
  return { answer, latency: Math.round(times.sort((a, b) => a - b)[times.length >> 1] ?? 0) };
}

/** Gives the discovery document, or null where nothing more can be asked. */
export async function checkReach(findings, { authority, realm }, blocked) {
  const other = anyRealm(authority);
  const { answer, latency } = await discover(`${authority}/realms/${realm}`);
  // A violation of the policy may be reported some time after the request has failed.
  if (!answer) await new Promise((resolve) => { setTimeout(resolve, 150); });
  if (blocked.has("connect-src")) return null;
  if (!answer && !(await other)) {
    findings.red("reach", "keycloak_unreachable");
    return null;
  }
  if (latency > SLOW) findings.amber("reach", `Keycloak needs ${latency} ms for an answer.`, "Look at the network between browsers and Keycloak, and at Keycloak's load.");
  else findings.green("reach", `Keycloak answers${answer ? ` in ${latency} ms` : ""}.`);
  if (!answer?.ok) {
    findings.red("realm", "realm_not_found");
    return null;
  }
  findings.green("realm", `Keycloak has the realm ${realm}.`);
  return answer.json().catch(() => ({}));
}

export function checkDiscovery(findings, { authority, realm, dpop }, metadata) {
  const issuer = `${authority}/realms/${realm}`;
  if (metadata.issuer === issuer) findings.green("issuer", `Keycloak calls itself ${issuer}.`);
  else findings.red("issuer", "issuer_mismatch", String(metadata.issuer));
  const offers = (name, value) => metadata[name]?.includes?.(value) === true;
  if (!metadata.token_endpoint) findings.red("discovery", "metadata_invalid");
  else if (!offers("code_challenge_methods_supported", "S256")) findings.red("discovery", "pkce_unsupported");
  else if (dpop !== "off" && !offers("dpop_signing_alg_values_supported", "ES256")) findings.red("discovery", "dpop_unsupported");
  else findings.green("discovery", "It offers PKCE with S256, and what else is asked for.");
}

/** Keycloak has two pages of its own for this, which any origin may have in a frame. */
export async function checkCookies(findings, { authority, realm }) {
  const url = `${authority}/realms/${realm}/protocol/openid-connect/3p-cookies/step1.html`;
  const { word, blocked } = await listenTo(url, new URL(authority).origin, 2000);
  if (word === "supported") return findings.green("cookies", "Keycloak gets its cookies also inside this page.");
  if (blocked) return findings.amber("cookies", "This page's policy has no frame of Keycloak's: whether it would get its cookies cannot be seen.", `Add ${new URL(authority).origin} to frame-src.`);
  return findings.amber("cookies", "Keycloak does not get its cookies inside this page. The package needs none there; only silent checks in a frame do.", "Serve Keycloak and the front end under one site: iam.example.com and desk.example.com.");
}

export function tellVersion(findings) {
  findings.amber("version", `A browser cannot see it; tested is ${KEYCLOAK_VERSION}.`, "In Keycloak's administration, realm master, Server info. From 26.6.3 on realm-management is read-only, and 27 drops view-system: both are what otrs-api is set up with, so read OTRS's notes before an update.");
}
