// An application for keycloak-js, as its documentation shows one. `tests/flows/keycloak_js.rs` builds it with the real
// class and with ours, and compares what both are told. AUTHORITY is filled in by the build.
import Keycloak from "keycloak-js";

const SERVER = { url: AUTHORITY, realm: "otrs-agents", clientId: "otrs-app" };
const here = new URL("..", location.href).href;
/** What the constructor and `init` get, by page. */
const PAGES = {
  sso: [SERVER, { onLoad: "check-sso" }],
  required: [SERVER, { onLoad: "login-required" }],
  scope: [SERVER, { onLoad: "login-required", scope: "no-such-scope" }],
  landing: [SERVER, { onLoad: "login-required", redirectUri: `${here}sso/?from=landing` }],
  file: [`${here}keycloak.json`, { onLoad: "check-sso", scope: "email" }],
  provider: [{ clientId: "otrs-app", oidcProvider: `${AUTHORITY}/realms/otrs-agents` }, { onLoad: "check-sso" }],
};

const [config, options] = PAGES[location.pathname.split("/")[2]];
const keycloak = new Keycloak(config);
const told = JSON.parse(sessionStorage.getItem("told") ?? "[]");

function tell(...what) {
  told.push(what);
  sessionStorage.setItem("told", JSON.stringify(told));
}

keycloak.onReady = (authenticated) => tell("onReady", authenticated);
keycloak.onAuthSuccess = () => tell("onAuthSuccess");
keycloak.onAuthError = (data) => tell("onAuthError", data?.error);
keycloak.onAuthRefreshSuccess = () => tell("onAuthRefreshSuccess");
keycloak.onAuthRefreshError = () => tell("onAuthRefreshError");
keycloak.onAuthLogout = () => tell("onAuthLogout");
keycloak.onActionUpdate = (status, action) => tell("onActionUpdate", status, action);
keycloak.onTokenExpired = () => {
  tell("onTokenExpired");
  keycloak.updateToken(30).then((refreshed) => tell("updateToken", refreshed), () => tell("updateToken failed"));
};

window.keycloak = keycloak;

try {
  tell("init", await keycloak.init(options));
} catch (error) {
  tell("init failed", error?.error ?? String(error));
}
document.body.dataset.status = keycloak.authenticated ? "signed_in" : "signed_out";
