// A front end with the types of keycloak-js; it is compiled with the real ones and with ours.
import Keycloak, {
  type Acr,
  type KeycloakConfig,
  type KeycloakError,
  type KeycloakInitOptions,
  type KeycloakLoginOptions,
  type KeycloakLogoutOptions,
  type KeycloakOnLoad,
  type KeycloakProfile,
  type KeycloakResourceAccess,
  type KeycloakTokenParsed,
} from "keycloak-js";

const config: KeycloakConfig = { url: "https://iam.example.com", realm: "otrs-agents", clientId: "otrs-app" };
const onLoad: KeycloakOnLoad = "check-sso";
const options: KeycloakInitOptions = {
  onLoad,
  pkceMethod: "S256",
  flow: "standard",
  silentCheckSsoRedirectUri: "https://otrs.example.com/silent.html",
  checkLoginIframe: false,
};
const acr: Acr = { values: ["gold"], essential: true };

export const keycloak = new Keycloak(config);
export const fromFile: Keycloak = new Keycloak("/keycloak.json");

keycloak.onReady = (authenticated) => console.info(authenticated);
keycloak.onAuthError = (data?: KeycloakError) => console.error(data?.error, data?.error_description);
keycloak.onTokenExpired = () => void keycloak.updateToken(30);
keycloak.onActionUpdate = (status, action) => console.info(status, action?.toLowerCase());

export async function start(): Promise<string> {
  const authenticated: boolean = await keycloak.init(options);
  const login: KeycloakLoginOptions = { redirectUri: location.href, prompt: "login", acr, idpHint: "ldap", maxAge: 60 };
  if (!authenticated) await keycloak.login(login);
  const refreshed: boolean = await keycloak.updateToken(5);
  const claims: KeycloakTokenParsed | undefined = keycloak.tokenParsed;
  const access: KeycloakResourceAccess | undefined = keycloak.resourceAccess;
  const profile: KeycloakProfile = await keycloak.loadUserProfile();
  const urls: string[] = [await keycloak.createLoginUrl(login), keycloak.createLogoutUrl(), keycloak.createAccountUrl()];
  const logout: KeycloakLogoutOptions = { redirectUri: location.origin };
  if (keycloak.isTokenExpired(5) || !keycloak.hasResourceRole("Agent", "otrs-app")) await keycloak.logout(logout);
  const { preferred_username: name } = keycloak.idTokenParsed ?? {};
  return [name, claims?.azp, access?.["otrs-app"]?.roles[0], profile.username, refreshed, keycloak.token, ...urls].join(" ");
}
