import Keycloak from "keycloak-js";

const { authority, page, ready, failed } = window.bench;
const keycloak = new Keycloak({ url: authority, realm: "otrs-agents", clientId: "otrs-app" });
const options = { onLoad: "check-sso", pkceMethod: "S256", silentCheckSsoRedirectUri: page + "silent.html" };
keycloak.init(options).then((authenticated) => {
  ready(authenticated ? "signed_in" : "anonymous", {
    login: () => keycloak.login({ redirectUri: page }),
    token: async () => (await keycloak.updateToken(5), keycloak.token),
    refresh: async () => (await keycloak.updateToken(-1), keycloak.token),
    logout: () => keycloak.logout({ redirectUri: page }),
  });
}, failed);
