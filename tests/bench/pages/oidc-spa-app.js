import { createOidc } from "oidc-spa/core";

const { authority, ready, failed } = window.bench;
createOidc({ issuerUri: authority + "/realms/otrs-agents", clientId: "otrs-app", scopes: ["profile", "email"] }).then(
  async (oidc) => {
    const token = async () => (await oidc.getTokens()).accessToken;
    // Tokens at hand is what "signed in" means for the others.
    if (oidc.isUserLoggedIn) await token();
    ready(oidc.isUserLoggedIn ? "signed_in" : "anonymous", {
      login: () => oidc.login(),
      token,
      refresh: async () => (await oidc.renewTokens(), token()),
      logout: () => oidc.logout({ redirectTo: "current page" }),
    });
  },
  failed,
);
