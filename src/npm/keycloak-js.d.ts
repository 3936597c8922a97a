/**
 * The class of keycloak-js 26.2 on top of a session of this package: same members, callbacks and results. What differs
 * is in docs/migrating-from-keycloak-js.md. Members that Keycloak's own types call undocumented are here, too.
 */
import type { SessionOptions } from "./index.js";

export type KeycloakOnLoad = "login-required" | "check-sso";
export type KeycloakResponseMode = "query" | "fragment";
export type KeycloakResponseType = "code" | "id_token token" | "code id_token token";
export type KeycloakFlow = "standard" | "implicit" | "hybrid";
export type KeycloakPkceMethod = "S256" | false;

export interface KeycloakServerConfig {
  url: string;
  realm: string;
  clientId: string;
}

/** `oidcProvider` has to be the address of one of Keycloak's realms, or its metadata. */
export interface GenericOidcConfig {
  clientId: string;
  oidcProvider: string | OpenIdProviderMetadata;
}

export interface OpenIdProviderMetadata {
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint?: string;
  check_session_iframe?: string;
  end_session_endpoint?: string;
}

export type KeycloakConfig = KeycloakServerConfig | GenericOidcConfig;

export interface Acr {
  values: string[];
  essential: boolean;
}

export interface KeycloakInitOptions {
  /** Not read: the nonce is always checked. */
  useNonce?: boolean;
  /** `"default"` or an object; there is nothing for Cordova. */
  adapter?: "default" | "cordova" | "cordova-native" | KeycloakAdapter;
  onLoad?: KeycloakOnLoad;
  /** Not read: tokens of elsewhere are not taken over. */
  token?: string;
  /** Not read. */
  refreshToken?: string;
  /** Not read. */
  idToken?: string;
  timeSkew?: number;
  /** Not read: all tabs learn of an end without a frame. */
  checkLoginIframe?: boolean;
  /** Not read. */
  checkLoginIframeInterval?: number;
  /** Kept as a property; the answer always comes in the fragment. */
  responseMode?: KeycloakResponseMode;
  /** A page of this origin: where logins and log-outs come back to. */
  redirectUri?: string;
  /** Kept as a property. */
  silentCheckSsoRedirectUri?: string;
  /** Kept as a property. */
  silentCheckSsoFallback?: boolean;
  /** Only `"standard"`; the others are refused. */
  flow?: KeycloakFlow;
  /** Kept as a property; it is always S256. */
  pkceMethod?: KeycloakPkceMethod;
  /** Kept as a property; nothing is logged. */
  enableLogging?: boolean;
  scope?: string;
  /** Kept as a property. */
  messageReceiveTimeout?: number;
  locale?: string;
  /** Kept as a property. */
  logoutMethod?: "GET" | "POST";
  /** Options of otrs-auth that keycloak-js has no name for, as `dpop`, `wasmUrl` or `allowInsecureHttp`. */
  session?: Partial<SessionOptions>;
}

export interface KeycloakLoginOptions {
  /** Not read: the scope is that of `init`. */
  scope?: string;
  /** A page of this origin. */
  redirectUri?: string;
  /** `"consent"` is refused. */
  prompt?: "none" | "login" | "consent";
  /** `"register"`, or a required action. */
  action?: string;
  maxAge?: number;
  loginHint?: string;
  /** Is always essential. */
  acr?: Acr;
  /** Is checked in the answer. */
  acrValues?: string;
  idpHint?: string;
  locale?: string;
  /** Not read. */
  cordovaOptions?: { [name: string]: string };
}

export interface KeycloakLogoutOptions {
  /** A page of this origin, registered at the client. */
  redirectUri?: string;
  /** Not read. */
  logoutMethod?: "GET" | "POST";
}

export interface KeycloakRegisterOptions extends Omit<KeycloakLoginOptions, "action"> {}

export interface KeycloakAccountOptions {
  redirectUri?: string;
}

export interface KeycloakError {
  error: string;
  error_description: string;
}

export interface KeycloakRedirectUriOptions {
  redirectUri?: string;
}

export interface KeycloakAdapter {
  login: (options?: KeycloakLoginOptions) => Promise<void>;
  logout: (options?: KeycloakLogoutOptions) => Promise<void>;
  register: (options?: KeycloakRegisterOptions) => Promise<void>;
  accountManagement: () => Promise<void>;
  redirectUri: (options?: KeycloakRedirectUriOptions) => string;
}

export interface KeycloakProfile {
  id?: string;
  username?: string;
  email?: string;
  firstName?: string;
  lastName?: string;
  enabled?: boolean;
  emailVerified?: boolean;
  totp?: boolean;
  createdTimestamp?: number;
  attributes?: Record<string, unknown>;
}

export interface KeycloakTokenParsed {
  iss?: string;
  sub?: string;
  aud?: string;
  exp?: number;
  iat?: number;
  auth_time?: number;
  nonce?: string;
  acr?: string;
  amr?: string;
  azp?: string;
  session_state?: string;
  realm_access?: KeycloakRoles;
  resource_access?: KeycloakResourceAccess;
  [claim: string]: any;
}

export interface KeycloakResourceAccess {
  [client: string]: KeycloakRoles;
}

export interface KeycloakRoles {
  roles: string[];
}

export interface KeycloakUserInfo {
  sub: string;
  [claim: string]: any;
}

/** @deprecated The class is a type, too. */
export type KeycloakInstance = Keycloak;

/** An answer of Keycloak's that is an error, of `loadUserProfile` and `loadUserInfo`. */
export class NetworkError extends Error {
  constructor(message: string, options: { response: Response; cause?: unknown });
  response: Response;
}

declare class Keycloak {
  constructor(config: KeycloakConfig | string);

  authenticated: boolean;
  subject?: string;
  responseMode: KeycloakResponseMode;
  responseType: KeycloakResponseType;
  flow: KeycloakFlow;
  realmAccess?: KeycloakRoles;
  resourceAccess?: KeycloakResourceAccess;
  /** Changes at `init`, `updateToken`, `clearToken` and when the session ends. */
  token?: string;
  tokenParsed?: KeycloakTokenParsed;
  /** Always undefined: it is handed out to nobody. */
  refreshToken?: string;
  /** Always undefined. */
  refreshTokenParsed?: KeycloakTokenParsed;
  /** Always undefined. */
  idToken?: string;
  /** What the access token says about the user; claims that only the ID token has are missing. */
  idTokenParsed?: KeycloakTokenParsed;
  timeSkew: number | null;
  didInitialize: boolean;
  loginRequired: boolean;
  authServerUrl?: string;
  realm?: string;
  clientId?: string;
  redirectUri?: string;
  sessionId?: string;
  profile?: KeycloakProfile;
  userInfo?: KeycloakUserInfo;

  onReady?(authenticated?: boolean): void;
  onAuthSuccess?(): void;
  onAuthError?(errorData?: KeycloakError): void;
  onAuthRefreshSuccess?(): void;
  onAuthRefreshError?(): void;
  /** Also without a frame: whenever the session ends, in any tab. */
  onAuthLogout?(): void;
  onTokenExpired?(): void;
  onActionUpdate?(status: "success" | "cancelled" | "error", action?: string): void;

  init(initOptions?: KeycloakInitOptions): Promise<boolean>;
  login(options?: KeycloakLoginOptions): Promise<void>;
  logout(options?: KeycloakLogoutOptions): Promise<void>;
  register(options?: KeycloakRegisterOptions): Promise<void>;
  accountManagement(): Promise<void>;
  /** An address of this page that leaves for the login form when it is opened: once, in this browser, within an hour. */
  createLoginUrl(options?: KeycloakLoginOptions): Promise<string>;
  /** An address of this page that logs out when it is opened, as {@link createLoginUrl}. */
  createLogoutUrl(options?: KeycloakLogoutOptions): string;
  createRegisterUrl(options?: KeycloakRegisterOptions): Promise<string>;
  createAccountUrl(options?: KeycloakAccountOptions): string;
  isTokenExpired(minValidity?: number): boolean;
  /** Rejects with an `AuthError`. */
  updateToken(minValidity?: number): Promise<boolean>;
  /** Clears this object; the session itself goes on, and the next page load has it again. */
  clearToken(): void;
  hasRealmRole(role: string): boolean;
  hasResourceRole(role: string, resource?: string): boolean;
  loadUserProfile(): Promise<KeycloakProfile>;
  loadUserInfo(): Promise<KeycloakUserInfo>;
}

export default Keycloak;
