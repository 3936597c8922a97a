// What Keycloak lets this client do. Nobody has to be signed in for that, and nothing here can become a session: no
// verifier is kept, and the answers stay in frames without scripts.

import { listenTo, lookAt } from "./look.js";

const DEADLINE = 6000;
/** Nobody knows what this is the hash of. */
const CHALLENGE = "otrs-auth-doctor-otrs-auth-doctor-otrs-auth";

const endpoint = ({ authority, realm }, name) => `${authority}/realms/${realm}/protocol/openid-connect/${name}`;

/** A silent authorization request; what is undefined is left out. */
function request(settings, changes = {}) {
  const all = {
    response_type: "code",
    response_mode: "fragment",
    client_id: settings.client,
    redirect_uri: settings.redirect,
    scope: "openid",
    state: "otrs-auth-doctor",
    nonce: "otrs-auth-doctor",
    prompt: "none",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return `${endpoint(settings, "auth")}?${new URLSearchParams(given)}`;
}

/** What Keycloak answers a request; null where it stays on a page of its own. Never shown: there may be a code in it. */
async function answerTo(url) {
  const { address } = await lookAt(url);
  const answer = new URLSearchParams(address?.split("#")[1] ?? "");
  return answer.get("state") === "otrs-auth-doctor" ? answer : null;
}

/** A token request that cannot succeed; null where its answer cannot be read. */
async function tokenAnswer(settings, fields) {
  const body = new URLSearchParams({ client_id: settings.client, ...fields });
  const options = { method: "POST", body, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(DEADLINE) };
  const answer = await fetch(endpoint(settings, "token"), options).catch(() => null);
  return answer && { status: answer.status, error: (await answer.json().catch(() => ({}))).error };
}

/** The token endpoint: is the client there, and may this page read what it says? */
export async function checkTokens(findings, settings) {
  const answer = await tokenAnswer(settings, { grant_type: "authorization_code", code: "otrs-auth-doctor", redirect_uri: settings.redirect });
  if (!answer) {
    // An unknown client is told to any origin.
    findings.green("client", `Keycloak knows ${settings.client}.`);
    return findings.red("web_origin", "web_origin_missing");
  }
  if (answer.status === 401) {
    findings.red("client", answer.error === "invalid_client" ? "client_unknown" : "client_confidential");
    return findings.unchecked(["web_origin"], "Keycloak does not take this client's request.");
  }
  findings.green("client", `Keycloak knows ${settings.client}, and wants no secret of it.`);
  findings.green("web_origin", `Keycloak lets ${location.origin} read its answers.`);
  return checkDirectGrants(findings, settings);
}

async function checkDirectGrants(findings, settings) {
  const answer = await tokenAnswer(settings, { grant_type: "password" });
  if (answer?.error === "unauthorized_client") findings.green("direct_grants", "Off, as it should be.");
  else if (answer) findings.red("direct_grants", "direct_grants_on");
}

/** Why nothing can be seen by frames, if so: `own` is a page of this origin in one, `seen` a request. */
function obstacle(own, seen, { authority }) {
  if (seen.blocked) return `add 'self' and ${new URL(authority).origin} to frame-src of this page's policy.`;
  if (own.address === null) return "the page at the redirect URI cannot be in a frame of this one (X-Frame-Options, frame-ancestors).";
  return seen.inTime ? null : "Keycloak's authorization endpoint does not answer.";
}

/** What only a look by a frame shows. */
export const BY_FRAME = ["redirect_uri", "standard_flow", "pkce", "issuer_parameter", "implicit_flow", "redirect_wildcard"];

/** The authorization endpoint: where does it send the answer, and what does it insist on? */
export async function checkRequests(findings, settings) {
  if (new URL(settings.redirect).origin !== location.origin) {
    return findings.unchecked(BY_FRAME, `this page's origin is ${location.origin}, the redirect URI's is another. Open the doctor there.`);
  }
  const bare = { code_challenge: undefined, code_challenge_method: undefined };
  const [own, seen, without, implicit, foreign] = await Promise.all([
    lookAt(settings.redirect),
    lookAt(request(settings)),
    answerTo(request(settings, bare)),
    answerTo(request(settings, { ...bare, response_type: "token" })),
    foreignAnswer(settings),
  ]);
  const why = obstacle(own, seen, settings);
  if (why) return findings.unchecked(BY_FRAME, why);
  const answer = new URLSearchParams(seen.address?.split("#")[1] ?? "");
  if (answer.get("state") !== "otrs-auth-doctor") {
    if (findings.is("client", "red")) findings.unchecked(BY_FRAME, "Keycloak refuses the client.");
    else findings.red("redirect_uri", "redirect_uri_refused");
    return findings.unchecked(BY_FRAME, "Keycloak does not come back to the redirect URI.");
  }
  findings.green("redirect_uri", `Keycloak comes back to ${settings.redirect}.`);
  if (answer.get("iss")) findings.green("issuer_parameter", "Keycloak's answers say who they are from.");
  else findings.red("issuer_parameter", "issuer_left_out");
  judgeFlows(findings, answer.get("error"), without, implicit);
  return judgeForeign(findings, settings, foreign);
}

function judgeFlows(findings, error, without, implicit) {
  if (error === "unauthorized_client") {
    findings.red("standard_flow", "standard_flow_off");
    findings.unchecked(["pkce"], "Keycloak lets this client begin no login.");
  } else {
    findings.green("standard_flow", "Keycloak lets this client begin a login.");
    if (without?.get("error") === "invalid_request") findings.green("pkce", "Keycloak refuses a login without PKCE.");
    else if (without) findings.red("pkce", "pkce_not_enforced");
    else findings.unchecked(["pkce"], "Keycloak did not answer.");
  }
  if (implicit?.get("error") === "unauthorized_client") findings.green("implicit_flow", "Off, as it should be.");
  else if (implicit) findings.red("implicit_flow", "implicit_flow_on");
  else findings.unchecked(["implicit_flow"], "Keycloak did not answer.");
}

/** Keycloak's own page for frames says a word when it is opened: it would be, were any address registered. */
async function foreignAnswer(settings) {
  const url = request(settings, { redirect_uri: endpoint(settings, "3p-cookies/step2.html") });
  return (await listenTo(url, new URL(settings.authority).origin, 500)).word;
}

function judgeForeign(findings, { authority }, word) {
  if (new URL(authority).origin === location.origin) findings.unchecked(["redirect_wildcard"], "Keycloak and the front end are of one origin.");
  else if (word === null) findings.green("redirect_wildcard", "Keycloak does not send logins to a foreign address.");
  else findings.red("redirect_wildcard", "redirect_uri_wildcard");
}
