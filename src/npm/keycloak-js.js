// The class of keycloak-js 26.2 on top of a session of this package. What differs is in
// docs/migrating-from-keycloak-js.md.
import { createSession } from "./index.js";
import { accountUrl, endpoints, json, load, realmUrl } from "./keycloak-js-config.js";
import { deferred, loginOptions, takeDeferred } from "./keycloak-js-links.js";
import { claimsOf, identity, oauthError, timeSkew } from "./keycloak-js-tokens.js";

export { NetworkError } from "./keycloak-js-config.js";

const MODES = ["query", "fragment"];
const FLOWS = { standard: "code", implicit: "id_token token", hybrid: "code id_token token" };
const ON_LOAD = { "login-required": "login", "check-sso": "check" };
/** Where the name of a required action is kept until its login comes back. */
const ACTION = "otrs-auth.keycloak-js.action";
/** The same wait as in keycloak-js: the browser leaves, nobody comes back. */
const never = () => new Promise(() => {});

export default class Keycloak {
  #config;
  #session;
  #adapter;
  #refreshing;
  /** The browser is leaving for a log-out: that the session ends is no surprise. */
  #leaving = false;
  didInitialize = false;
  authenticated = false;
  loginRequired = false;
  responseMode = "fragment";
  responseType = "code";
  flow = "standard";
  timeSkew = null;
  redirectUri;
  silentCheckSsoRedirectUri;
  silentCheckSsoFallback = true;
  pkceMethod = "S256";
  enableLogging = false;
  logoutMethod = "GET";
  scope;
  messageReceiveTimeout = 10000;
  idToken;
  idTokenParsed;
  token;
  tokenParsed;
  refreshToken;
  refreshTokenParsed;
  clientId;
  sessionId;
  subject;
  authServerUrl;
  realm;
  realmAccess;
  resourceAccess;
  profile;
  userInfo;
  endpoints;
  tokenTimeoutHandle;
  onAuthSuccess;
  onAuthError;
  onAuthRefreshSuccess;
  onAuthRefreshError;
  onTokenExpired;
  onAuthLogout;
  onReady;
  onActionUpdate;

  constructor(config) {
    if (typeof config !== "string" && (typeof config !== "object" || config === null)) {
      throw new Error("The 'Keycloak' constructor must be provided with a configuration object, or a URL to a JSON configuration file.");
    }
    if (typeof config === "object") {
      for (const name of "oidcProvider" in config ? ["clientId"] : ["url", "realm", "clientId"]) {
        if (!(name in config)) throw new Error(`The configuration object is missing the required '${name}' property.`);
      }
    }
    this.#config = config;
  }

  init = async (options = {}) => {
    if (this.didInitialize) throw new Error("A 'Keycloak' instance can only be initialized once.");
    this.didInitialize = true;
    this.#adapter = this.#adapterOf(options.adapter);
    this.#take(options);
    const link = takeDeferred();
    const config = await load(this.#config);
    ({ authServerUrl: this.authServerUrl, realm: this.realm, clientId: this.clientId } = config);
    this.endpoints = endpoints(config.issuer);
    await this.#open(config, options, link);
    this.onReady?.(this.authenticated);
    return this.authenticated;
  };

  /** What init says, checked as keycloak-js does. */
  #take(options) {
    this.loginRequired = options.onLoad === "login-required";
    if (options.responseMode && !MODES.includes(options.responseMode)) throw new Error("Invalid value for responseMode");
    if (options.flow && !Object.hasOwn(FLOWS, options.flow)) throw new Error("Invalid value for flow");
    if (options.flow && options.flow !== "standard") {
      throw new Error(`otrs-auth has no ${options.flow} flow: tokens in addresses leak. Use the standard flow.`);
    }
    if (options.onLoad && !Object.hasOwn(ON_LOAD, options.onLoad)) throw new Error("Invalid value for onLoad");
    if (!["S256", false, undefined].includes(options.pkceMethod)) {
      throw new TypeError(`Invalid value for pkceMethod', expected 'S256' or false but got ${options.pkceMethod}.`);
    }
    for (const name of KEPT) if (options[name] !== undefined) this[name] = options[name];
  }

  #adapterOf(adapter) {
    if (adapter && typeof adapter === "object") return adapter;
    if (adapter?.startsWith("cordova")) throw new Error("otrs-auth has no adapter for Cordova.");
    return {
      login: (options) => this.#login(options),
      logout: (options) => this.#logout(options),
      register: (options) => this.#login({ ...options, action: "register" }),
      accountManagement: () => {
        window.location.href = this.createAccountUrl();
        return never();
      },
      redirectUri: (options) => options?.redirectUri || this.redirectUri || window.location.href,
    };
  }

  /** Where init names the page to come back to, or a link says what to do, that is done by hand afterwards. */
  #options({ session, locale, onLoad }, config, link) {
    const byHand = link || (this.loginRequired && this.redirectUri !== undefined);
    return {
      ...config.session,
      requiredRole: null,
      apiOrigins: [window.location.origin, new URL(config.session.authority).origin],
      onLoad: (!byHand && ON_LOAD[onLoad]) || "none",
      ...(this.redirectUri && { redirectUri: this.redirectUri.split("#")[0] }),
      ...(this.scope && { scope: withOpenId(this.scope) }),
      ...(locale && { locale }),
      ...session,
    };
  }

  async #open(config, options, link) {
    try {
      this.#session = await createSession(this.#options(options, config, link));
      if (link?.logout) await this.#session.logout({ returnTo: link.logout.redirectUri });
      else if (link) await this.#leave(link.login, link.login.redirectUri);
      // Without a link, or where it did not make the browser leave.
      await this.#arrived();
    } catch (problem) {
      const error = oauthError(problem);
      this.onAuthError?.(error.error && { error: error.error, error_description: error.error_description });
      throw error;
    }
    this.#session.addEventListener("ended", () => this.#leaving || this.clearToken());
    this.#session.addEventListener("error", ({ detail }) => this.#late(detail));
    if (this.loginRequired && !this.authenticated) await this.login(options.locale && { locale: options.locale });
  }

  async #arrived() {
    const { actionResult, user } = this.#session;
    if (actionResult) this.onActionUpdate?.(actionResult, sessionStorage.getItem(ACTION) ?? undefined);
    sessionStorage.removeItem(ACTION);
    if (!user) return;
    this.#setToken(await this.#session.getToken());
    this.onAuthSuccess?.();
  }

  /** A login of another page load that failed while there was a session. */
  #late(problem) {
    const { error, error_description } = oauthError(problem);
    if (error) this.onAuthError?.({ error, error_description });
  }

  async #login(options = {}) {
    await this.#leave(options, this.#adapter.redirectUri(options));
    // The browser has not left: another tab has signed in meanwhile.
    await this.#arrived();
  }

  #leave(options, redirectUri) {
    if (options.action && options.action !== "register") sessionStorage.setItem(ACTION, options.action);
    return this.#session.login(loginOptions(options, redirectUri));
  }

  async #logout(options) {
    this.#leaving = true;
    try {
      await this.#session.logout({ returnTo: this.#adapter.redirectUri(options) });
    } finally {
      this.#leaving = false;
    }
  }

  login = (options) => this.#adapter.login(options);

  logout = (options) => this.#adapter.logout(options);

  register = (options) => this.#adapter.register(options);

  accountManagement = () => this.#adapter.accountManagement();

  createLoginUrl = async (options = {}) => deferred({ login: { ...options, redirectUri: this.#adapter.redirectUri(options) } });

  createLogoutUrl = (options) => deferred({ logout: { redirectUri: this.#adapter.redirectUri(options) } });

  createRegisterUrl = (options) => this.createLoginUrl({ ...options, action: "register" });

  createAccountUrl = (options) => accountUrl(this, this.#adapter.redirectUri(options));

  hasRealmRole = (role) => !!this.realmAccess?.roles.includes(role);

  hasResourceRole = (role, resource) => !!this.resourceAccess?.[resource || this.clientId]?.roles.includes(role);

  isTokenExpired = (minValidity) => {
    if (!this.tokenParsed) throw new Error("Not authenticated");
    if (this.timeSkew === null) return true;
    if (typeof this.tokenParsed.exp !== "number") return false;
    if (minValidity && Number.isNaN(Number(minValidity))) throw new Error("Invalid minValidity");
    const expiresIn = this.tokenParsed.exp - Math.ceil(Date.now() / 1000) + this.timeSkew;
    return expiresIn - (minValidity || 0) < 0;
  };

  updateToken = async (minValidity) => {
    if (!this.authenticated) throw new Error("Unable to update token, no refresh token available.");
    const validity = minValidity || 5;
    if (validity !== -1 && !this.isTokenExpired(validity)) return false;
    this.#refreshing ??= this.#refresh(validity).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  };

  async #refresh(validity) {
    try {
      this.#setToken(await this.#newToken(validity));
    } catch (problem) {
      this.onAuthRefreshError?.();
      throw problem;
    }
    this.onAuthRefreshSuccess?.();
    return true;
  }

  /** One that the caller does not have yet: the session may have renewed it meanwhile, for another caller or tab. */
  async #newToken(validity) {
    const token = validity === -1 ? this.token : await this.#session.getToken({ minValidity: Math.ceil(validity) });
    return token === this.token ? this.#session.getToken({ fresh: true }) : token;
  }

  clearToken = () => {
    if (!this.token) return;
    this.#setToken();
    this.onAuthLogout?.();
    if (this.loginRequired) this.login();
  };

  loadUserProfile = async () => (this.profile = await this.#ask(`${realmUrl(this, "load user profile")}/account`));

  loadUserInfo = async () => (this.userInfo = await this.#ask(this.endpoints.userinfo()));

  async #ask(url) {
    if (!this.token) {
      throw new Error("Unable to build authorization header, token is not set, make sure the user is authenticated.");
    }
    return json((...given) => this.#session.fetch(...given), url);
  }

  #setToken(token) {
    clearTimeout(this.tokenTimeoutHandle);
    this.tokenTimeoutHandle = undefined;
    this.authenticated = token !== undefined;
    this.token = token;
    const claims = token && claimsOf(token);
    this.tokenParsed = claims;
    this.idTokenParsed = claims && identity(claims, this.clientId);
    this.subject = claims?.sub;
    this.realmAccess = claims?.realm_access;
    this.resourceAccess = claims?.resource_access;
    if (!claims) return;
    this.sessionId = claims.sid;
    this.timeSkew = timeSkew(claims, this.#session.expiresAt);
    const left = (claims.exp + this.timeSkew) * 1000 - Date.now();
    this.tokenTimeoutHandle = setTimeout(() => this.onTokenExpired?.(), Math.max(left, 0));
  }
}

/** Options of init that only become properties. */
const KEPT = [
  "responseMode", "redirectUri", "silentCheckSsoRedirectUri", "silentCheckSsoFallback", "pkceMethod", "enableLogging",
  "logoutMethod", "scope", "messageReceiveTimeout", "timeSkew",
];

function withOpenId(scope) {
  const names = scope.split(" ").filter(Boolean);
  return (names.includes("openid") ? names : ["openid", ...names]).join(" ");
}
