/** Claims of an access token that an ID token does not have. */
const OF_ACCESS = ["jti", "realm_access", "resource_access", "scope", "allowed-origins"];
/** Refusals of Keycloak's whose `subject` is the OAuth error. */
const REFUSALS = ["login_denied", "interaction_required", "login_required", "scope_refused", "server_error", "login_refused"];

/** What a token says; the session has checked it. */
export function claimsOf(token) {
  const binary = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Who is signed in, as an ID token says it: the session hands none out, and an access token has these claims, too. */
export function identity(claims, clientId) {
  const own = Object.entries(claims).filter(([name]) => !OF_ACCESS.includes(name));
  return { ...Object.fromEntries(own), typ: "ID", aud: clientId };
}

/** Seconds by which this computer's clock is ahead of Keycloak's, by when the session says that the token ends. */
export function timeSkew({ exp }, expiresAt) {
  return expiresAt === null ? 0 : Math.floor(expiresAt / 1000) - exp;
}

/** An error that can also be read as one of keycloak-js: `error` and `error_description`. */
export function oauthError(problem) {
  if (!REFUSALS.includes(problem.code) || !/^[a-z_]+$/.test(problem.subject)) return problem;
  return Object.assign(problem, { error: problem.subject, error_description: problem.message });
}
