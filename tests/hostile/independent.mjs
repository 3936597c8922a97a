// An OpenID provider by other people, behind Keycloak's addresses. Arguments: port, the front end's page.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, page] = process.argv.slice(2);
const base = `http://localhost:${port}`;
const realm = "/realms/otrs-agents";
const at = (name) => `${realm}/protocol/openid-connect/${name}`;
const user = { preferred_username: "root@localhost", name: "Root", given_name: "R", family_name: "Oot", email: "root@localhost" };
const resource = "urn:otrs:api";
const scope = "openid profile email";

const provider = new Provider(base + realm, {
  routes: { authorization: at("auth"), token: at("token"), jwks: at("certs"), end_session: at("logout") },
  clients: [
    {
      client_id: "otrs-app",
      token_endpoint_auth_method: "none",
      redirect_uris: [page],
      post_logout_redirect_uris: [page],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
    },
  ],
  scopes: ["openid", "offline_access", "profile", "email"],
  cookies: { keys: ["only-for-tests"] },
  pkce: { required: () => true },
  clientBasedCORS: () => true,
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...user }) }),
  extraTokenClaims: () => ({ ...user, resource_access: { "otrs-app": { roles: ["Agent"] } } }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(scope);
    grant.addResourceScope(resource, scope);
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
    },
  },
});

const answer = provider.callback();
createServer((request, response) => {
  // The one address that cannot be configured.
  request.url = request.url.replace(`${realm}/.well-known/`, "/.well-known/");
  answer(request, response);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
