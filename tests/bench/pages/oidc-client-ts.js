import { UserManager } from "oidc-client-ts";

const { authority, page, ready, failed } = window.bench;
const manager = new UserManager({
  authority: authority + "/realms/otrs-agents",
  client_id: "otrs-app",
  redirect_uri: page,
  silent_redirect_uri: page + "silent.html",
  post_logout_redirect_uri: page,
  scope: "openid profile email",
});

/** As its guide does: an answer, or the stored user, or what a hidden frame says. */
async function signIn() {
  if (new URLSearchParams(location.search).has("state")) {
    const user = location.search.includes("code=") ? await manager.signinCallback() : undefined;
    history.replaceState(null, "", page);
    if (user) return user;
  }
  return (await manager.getUser()) ?? (await manager.signinSilent().catch(() => null));
}

signIn().then((user) => {
  const refresh = async () => (await manager.signinSilent()).access_token;
  ready(user ? "signed_in" : "anonymous", {
    login: () => manager.signinRedirect(),
    async token() {
      const user = await manager.getUser();
      return user.expires_in > 5 ? user.access_token : refresh();
    },
    refresh,
    logout: () => manager.signoutRedirect(),
  });
}, failed);
