// otrs-auth first: it takes Keycloak's answer out of the address before the router reads that.
import { createOtrsAuth } from "otrs-auth/vue";
import { createApp } from "vue";
import { App } from "./app.js";
import { router } from "./routes.js";

const answer = await fetch("/config.json");
const { authority } = await answer.json();
const home = `${location.origin}/examples/vue/`;

const auth = createOtrsAuth({
  interface: "agent",
  authority,
  redirectUri: home,
  postLogoutRedirectUri: `${home}signed-out`,
});
const app = createApp(App).use(auth).use(router);
app.mount("#app");
// For the tests of this demo.
window.otrsAuthDemo = { app, session: await auth.whenReady().catch(() => null) };
