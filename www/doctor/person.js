// What only a token shows: who is signed in, with which roles and claims, and what the realm makes of tokens. A token is
// looked at here and goes nowhere; of the person nothing is shown but roles and the names of claims.

import { createSession } from "/otrs-auth/index.js";
import { sessionOptions } from "./settings.js";
import { CUSTOMER_CLAIMS } from "./words.js";

const AFTER_LOGIN = ["role", "claims", "dpop", "web_origin_wildcard", "lifetime", "server_clocks"];
/** Seconds: five minutes, as the realm files have it, and what is far too long to wait for a role that was taken away. */
const LONG_LIFE = 1800;

/** What a proof of possession that does not fit is refused with. */
const OF_DPOP = /^(?:token_type_refused|dpop_)/u;

/** Joins or opens the session, or gives the error. */
export function openSession(settings) {
  return createSession(sessionOptions(settings)).then((session) => ({ session }), (error) => ({ error }));
}

/** Looks at what came of that; null where there is nobody to look at. */
export function checkLogin(findings, settings, { session, error }) {
  if (error) {
    const id = OF_DPOP.test(error.code) ? "dpop" : "login";
    if (!isKnown(findings, error)) findings.refused(id, error);
    findings.unchecked(["login", ...AFTER_LOGIN], "the login did not succeed.");
    return null;
  }
  if (!session.user) {
    findings.unchecked(["login", ...AFTER_LOGIN], "nobody is signed in. Make a test login.");
    return session;
  }
  findings.green("login", "Somebody is signed in.");
  checkPerson(findings, session, settings);
  return session;
}

/** The same fault is told once. */
function isKnown(findings, error) {
  return findings.all().some(({ level, code }) => level === "red" && code === error.code);
}

function checkPerson(findings, { status, roles, customer, missingClaims }, settings) {
  const problem = status.name === "no_access" ? status.problem : null;
  if (problem?.code === "role_missing") findings.refused("role", problem);
  else if (problem?.code !== "claim_missing") findings.green("role", `The user has the role ${settings.role}, and ${roles.length - 1} more.`);
  if (problem && problem.code !== "role_missing") {
    findings.refused("claims", problem);
    return findings.unchecked(["role"], "the token is incomplete.");
  }
  const lacking = [...missingClaims, ...(customer ? CUSTOMER_CLAIMS.filter((name) => !customer[name]) : [])];
  if (lacking.length === 0) return findings.green("claims", "The token has every claim that OTRS reads.");
  return findings.amber("claims", `The token lacks ${lacking.join(", ")}.`, "Fill them in at the user (Users, the user, Details and Attributes). If they are: In Keycloak, realm, Clients, Client scopes: add the mappers of the realm files.");
}

function claimsOf(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/gu, "+").replace(/_/gu, "/")), (sign) => sign.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** What a fresh token says of the realm. `serverAhead` is how far this page's server is ahead of this computer, seconds. */
export async function checkToken(findings, settings, session, serverAhead) {
  if (session?.status.name !== "signed_in") {
    return findings.unchecked(AFTER_LOGIN, "it takes somebody who may enter.");
  }
  let claims;
  const before = Date.now();
  try {
    claims = claimsOf(await session.getToken({ fresh: true }));
  } catch (error) {
    if (error?.name === "AuthError") findings.refused("login", error);
    return findings.unchecked(AFTER_LOGIN, "there is no token to look at.");
  }
  findings.green("dpop", { off: "Tokens are ordinary ones, as this front end asks for.", refresh: "Refresh tokens are bound to a key of the browser.", full: "All tokens are bound to a key of the browser." }[settings.dpop]);
  if (claims["allowed-origins"]?.includes("*")) findings.red("web_origin_wildcard", "web_origin_wildcard");
  else findings.green("web_origin_wildcard", "Keycloak names the origins that may read its answers.");
  checkLifetime(findings, claims.exp - claims.iat);
  return checkServerClocks(findings, serverAhead, (claims.iat * 1000 + 500 - (before + Date.now()) / 2) / 1000);
}

function checkLifetime(findings, seconds) {
  const sentence = `An access token lives for ${seconds} s.`;
  if (seconds <= LONG_LIFE) findings.green("lifetime", sentence);
  else findings.amber("lifetime", `${sentence} Until then roles that were taken away still count.`, "In Keycloak, Realm settings, Tokens: Access Token Lifespan 5 minutes.");
}

function checkServerClocks(findings, page, keycloak) {
  if (page === null) return findings.amber("server_clocks", "This page's server does not say what time it is.");
  const apart = Math.round(Math.abs(page - keycloak));
  if (apart <= 10) return findings.green("server_clocks", "Keycloak and this page's server agree about the time.");
  return findings.amber("server_clocks", `The clocks of Keycloak and of this page's server differ by ${apart} s: what checks tokens there may refuse them.`, "Set the clocks of both servers.");
}
