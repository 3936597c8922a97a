/** An answer that is none. Named and made as in keycloak-js. */
export class NetworkError extends Error {
  constructor(message, options) {
    super(message, options);
    this.response = options.response;
  }
}

/** Reads JSON; `ask` is what fetches. */
export async function json(ask, url) {
  const response = await ask(url, { headers: { accept: "application/json" } });
  if (!response.ok) throw new NetworkError("Server responded with an invalid status.", { response });
  return response.json();
}

const withoutSlash = (url) => (url.endsWith("/") ? url.slice(0, -1) : url);

/** Keycloak's address and realm, as an issuer or one of its endpoints names them. */
function parts(provider) {
  const address = typeof provider === "string" ? provider : provider?.authorization_endpoint;
  const found = /^(.+)\/realms\/([^/?#]+)/.exec(String(address));
  if (!found) throw new Error("otrs-auth signs in through Keycloak only: oidcProvider has to be a realm's address.");
  return { authority: found[1], realm: found[2] };
}

/** What the constructor got, as properties of the instance and as the session wants it. */
export async function load(config) {
  if (typeof config === "string") {
    const file = await json((...given) => fetch(...given), config);
    return load({ url: file["auth-server-url"], realm: file.realm, clientId: file.resource });
  }
  const { clientId } = config;
  if ("oidcProvider" in config) {
    const { authority, realm } = parts(config.oidcProvider);
    // keycloak-js does not know these then, either.
    return { clientId, issuer: `${authority}/realms/${realm}`, session: { authority, realm, clientId } };
  }
  const { url, realm } = config;
  const authority = withoutSlash(new URL(url, window.location.href).href);
  return { authServerUrl: url, realm, clientId, issuer: `${withoutSlash(url)}/realms/${realm}`, session: { authority, realm, clientId } };
}

/** Addresses by the names that keycloak-js has for them. */
export function endpoints(issuer) {
  const endpoint = (name) => () => `${issuer}/protocol/openid-connect/${name}`;
  return {
    authorize: endpoint("auth"),
    token: endpoint("token"),
    logout: endpoint("logout"),
    checkSessionIframe: endpoint("login-status-iframe.html"),
    thirdPartyCookiesIframe: endpoint("3p-cookies/step1.html"),
    register: endpoint("registrations"),
    userinfo: endpoint("userinfo"),
  };
}

/** The realm's address; none where the class was given a generic provider. */
export function realmUrl({ authServerUrl, realm }, purpose) {
  if (authServerUrl !== undefined) return `${withoutSlash(authServerUrl)}/realms/${encodeURIComponent(realm)}`;
  throw new Error(`Unable to ${purpose}, make sure the adapter is not configured using a generic OIDC provider.`);
}

/** The account pages, with a way back. */
export function accountUrl(keycloak, redirectUri) {
  const query = new URLSearchParams({ referrer: keycloak.clientId, referrer_uri: redirectUri });
  return `${realmUrl(keycloak, "create account URL")}/account?${query}`;
}
