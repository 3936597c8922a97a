/**
 * Sign-in through Keycloak for the front ends of OTRS, OTOBO and Znuny.
 *
 * Importing this module has one effect in a browser: if the page was opened by Keycloak's answer to a
 * login or log-out of otrs-auth, that answer is taken out of the address bar at once. Everything else
 * waits for {@link createSession}. Importing it in Node has no effect at all.
 */

/** The two web front ends of OTRS, each with its own Keycloak realm. */
export type Interface = "agent" | "customer";

/** What {@link createSession} takes. Unknown names and values of the wrong type are refused by name. */
export interface SessionOptions {
  /**
   * Which front end this page belongs to. Presets `realm` (`otrs-agents` or `otrs-customer-users`),
   * `clientId` (`otrs-app`) and `requiredRole` (`Agent` or `Customer User`). Default: `"agent"`.
   */
  interface?: Interface;
  /** Keycloak's address as the browser sees it, with a path prefix if there is one: `https://iam.example.com`. */
  authority: string;
  /** The realm's name, where it differs from the preset. */
  realm?: string;
  /** The public client's id, where it differs from the preset. */
  clientId?: string;
  /** The client role that a person needs to enter; `null` lets everybody in whom Keycloak signs in. */
  requiredRole?: string | null;
  /**
   * Where Keycloak sends the browser after a login: one exact URI on this page's origin that is
   * registered at the client and serves this script. Default: this page's address without query and hash.
   */
  redirectUri?: string;
  /** Where Keycloak sends the browser after a log-out. Default: the same as `redirectUri`. */
  postLogoutRedirectUri?: string;
  /** Scopes to ask for; must contain `openid`. Default: `"openid profile email"`. */
  scope?: string;
  /** Origins that {@link Session.fetch} may send the access token to. Default: this page's origin. */
  apiOrigins?: readonly string[];
  /**
   * What to do when nobody is signed in: `"login"` goes to Keycloak, `"check"` asks Keycloak once
   * per tab, without showing anything, whether somebody is signed in there: in a hidden frame where Keycloak is on
   * this page's site and the page may be framed by itself, else by one redirect. `"none"` does nothing.
   * Default: `"none"`.
   */
  onLoad?: "login" | "check" | "none";
  /** `"shared"`: one session for all tabs, surviving reloads (default). `"memory"`: this page load only. */
  storage?: "shared" | "memory";
  /**
   * What keeps an unused session alive. `"activity"`: the user's input in any tab of this origin (default), so that the
   * realm's idle limit holds also where the page sends requests by a timer. `"requests"`: those count as well.
   */
  keepAlive?: "activity" | "requests";
  /**
   * Where the WebAssembly file is served, if not beside this module. The first call decides. Secure pages need
   * `otrs_auth_bg.wasm`; pages on plain http, and those with `dpop` or `onLoad: "check"`, need
   * `otrs_auth_full_bg.wasm`, which works everywhere.
   */
  wasmUrl?: string | URL;
  /**
   * Proof of possession (DPoP, RFC 9449), by a key that the browser makes for each login and gives to nobody.
   * `"refresh"`: the refresh token works only together with the key, the access token is an ordinary one; the realm
   * needs the client policy of `keycloak/dpop`. `"full"`: the access token, too; {@link Session.fetch} adds the
   * proofs, and the API has to check them. Needs a secure page (https). Default: `"off"`.
   */
  dpop?: "off" | "refresh" | "full";
  /** Language of Keycloak's pages, as a BCP 47 tag. Default: Keycloak decides. */
  locale?: string;
  /** Allows plain http for Keycloak and for this page. Passwords and tokens then travel in clear. */
  allowInsecureHttp?: boolean;
  /** Allows a login to begin while this page is inside one of another origin. Default: `false`. */
  allowFraming?: boolean;
  /** Further parameters for the authorization request; those that secure the login cannot be overridden. */
  extraParameters?: Readonly<Record<string, string>>;
  /** Deadlines in milliseconds. */
  timeouts?: {
    /** One request to Keycloak. Default: 10000. */
    request?: number;
    /** From the call that leaves for Keycloak until the browser has left the page. Default: 15000. */
    navigation?: number;
  };
}

/** Who is signed in. A claim that the token lacks is absent. */
export interface User {
  /** Keycloak's id of the user (`sub`). */
  readonly id: string;
  /** The login name (`preferred_username`), for example `root@localhost`. */
  readonly login: string;
  /** The full name (`name`). May hold any character: write it with `textContent`, never as HTML. */
  readonly name?: string;
  /** `given_name` */
  readonly firstName?: string;
  /** `family_name` */
  readonly lastName?: string;
  /** `email` */
  readonly email?: string;
}

/** What OTRS's customer attribute map reads, for a session of the customer interface. */
export interface Customer {
  /** The value OTRS knows the customer by; only ever the claim `customerid`, never the e-mail address. */
  readonly customerid: string;
  readonly title?: string;
  readonly phone?: string;
  readonly fax?: string;
  readonly mobile?: string;
  readonly street?: string;
  readonly zip?: string;
  readonly city?: string;
  readonly country?: string;
}

/** Why a session ended. */
export type EndReason =
  | "logged_out"
  | "logged_out_elsewhere"
  | "account_disabled"
  /** By an administrator, a log-out in another application, a deleted account: Keycloak does not tell them apart. */
  | "ended_by_keycloak"
  /** An administrator declared all earlier tokens invalid, or an old refresh token was used again. */
  | "revoked"
  /** A refresh token was used twice: somebody else may have it. */
  | "reuse_detected"
  /** Nobody used it for as long as the realm allows. */
  | "idle"
  /** It lasted as long as the realm allows. */
  | "max_age"
  /** The access token is over, and there was no refresh token. */
  | "expired"
  /** Somebody else signed in in this browser. */
  | "replaced"
  /** otrs-auth itself broke off on this page; the session may go on by a new {@link createSession}. */
  | "internal_error";

/** Where the session stands. Switch on `name`. */
export type Status =
  /** Nobody is signed in, and nothing is under way. */
  | { readonly name: "signed_out" }
  /** The browser is about to leave for Keycloak, or its answer is being checked. */
  | { readonly name: "signing_in" }
  /** Somebody is signed in and may enter. */
  | { readonly name: "signed_in"; readonly user: User }
  /** Somebody is signed in but may not enter; `problem` says why. Offer log-out and switching the user. */
  | { readonly name: "no_access"; readonly user: User | null; readonly problem: AuthError }
  /** There was a session, and it is over. */
  | { readonly name: "ended"; readonly reason: EndReason };

/** How to log in. */
export interface LoginOptions {
  /** Where to come back to, on this page's origin. Default: this page, with query and hash. */
  returnTo?: string | URL;
  /**
   * `"login"` asks for the password even if Keycloak knows the user; `"none"` never shows anything; `"create"` begins
   * with Keycloak's registration, where the realm allows for one.
   */
  prompt?: "login" | "none" | "create";
  /**
   * Authentication classes, with spaces between, of which the login has to be (step-up). Where Keycloak signs in by
   * another one, the answer is refused with `id_token_authentication`, and the session stays as it was.
   */
  acr?: string;
  /** Seconds since the user last gave the password; where that is longer ago, Keycloak asks again. It is checked. */
  maxAge?: number;
  /**
   * A required action of Keycloak's that the user goes through before coming back: `"UPDATE_PASSWORD"`,
   * `"UPDATE_PROFILE"`, `"CONFIGURE_TOTP"` and others. See {@link Session.actionResult}.
   */
  action?: string;
  /** Login name to fill in. */
  loginHint?: string;
  /** Alias of the identity provider to go on to. */
  idpHint?: string;
  /** Language of Keycloak's pages, for this login. */
  locale?: string;
}

/** How to log out. */
export interface LogoutOptions {
  /** Where Keycloak sends the browser afterwards; must be registered. Default: `postLogoutRedirectUri`. */
  returnTo?: string | URL;
  /** Goes on to Keycloak's login form after the log-out. Default: `false`. */
  switchUser?: boolean;
}

/** What a valid token must offer. */
export interface TokenOptions {
  /** Seconds that the token must still be valid; at most half of its lifetime counts. Default: 10. */
  minValidity?: number;
  /** Asks Keycloak for a new token even if this one is valid. Default: `false`. */
  fresh?: boolean;
}

/** The events of a {@link Session}. */
export interface SessionEventMap {
  /** Status, user, roles, customer data, expiry or connection changed. */
  change: Event;
  /** The session ended; the reason is in {@link Session.status}. */
  ended: Event;
  /**
   * Unless somebody uses this browser, the session ends at {@link Session.endsAt}: one minute from now, or the last
   * third of a shorter limit. Any input puts it off (`change` follows), and so does {@link Session.extend}; a session
   * that reaches its maximum age ends all the same.
   */
  expiring: Event;
  /** Something went wrong that no pending promise reports. */
  error: CustomEvent<AuthError>;
}

/**
 * One user's session at one realm, shared by all tabs of this origin. Made by {@link createSession}.
 *
 * Should otrs-auth have a fault that breaks it off in the middle of something, all sessions of this page are over,
 * with nothing lost that is stored: `error` (`internal_error`, with the `cause`), `ended` and `change` are sent, every
 * pending promise and every later one is rejected with `internal_error`, `status` is `ended` with the reason
 * `internal_error`, the rest is empty. The next call of {@link createSession} starts anew; nothing does so by itself.
 */
export interface Session {
  /** Where the session stands. */
  readonly status: Status;
  /** Who is signed in, also without access; otherwise `null`. */
  readonly user: User | null;
  /** The user's client roles at `clientId`, with their exact names; for display, the server decides. */
  readonly roles: readonly string[];
  /** Customer data; `null` for agents and when nobody is signed in. */
  readonly customer: Customer | null;
  /** Claims that OTRS's user synchronisation reads and the token lacks: `given_name`, `family_name`, `email`. */
  readonly missingClaims: readonly string[];
  /** When the access token expires, in milliseconds since 1970 by this computer's clock; `null` if there is none. */
  readonly expiresAt: number | null;
  /**
   * When the session ends unless somebody uses this browser, in milliseconds since 1970 by this computer's clock;
   * `null` if that is not known.
   */
  readonly endsAt: number | null;
  /** The scopes that Keycloak granted, which may be fewer than were asked for; `null` when nobody is signed in. */
  readonly scope: string | null;
  /**
   * How the `action` of the login ended that led to this page; `null` if it was for none. The next page load knows
   * nothing of it.
   */
  readonly actionResult: "success" | "cancelled" | "error" | null;
  /** `false` while Keycloak cannot be reached. The session goes on meanwhile. */
  readonly connected: boolean;
  /** Whether the user has the client role of exactly this name. */
  hasRole(name: string): boolean;
  /**
   * An access token that is valid now, refreshed first if need be. However many callers and tabs ask at
   * once, one request is sent. With `dpop: "full"` it is worth nothing without a proof: use {@link fetch}.
   * @throws {AuthError} `not_signed_in`, `session_ended`, `keycloak_unreachable`, `timeout` and others
   */
  getToken(options?: TokenOptions): Promise<string>;
  /**
   * Like the browser's `fetch`, with the access token in `Authorization`. Only to `apiOrigins`, without
   * following redirects; a 401 is answered by one refresh and one more try. With `dpop: "full"` each try has a proof
   * of possession (RFC 9449), with the API's nonce if it asks for one.
   * @throws {AuthError} `api_origin_refused` and the errors of {@link getToken}; a `TypeError` as `fetch` does
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * Puts the end of an unused session off, as the user's input does; for a button "Stay signed in".
   * @throws {AuthError} as {@link getToken}
   */
  extend(): Promise<void>;
  /** Goes to Keycloak's login form and comes back to `returnTo`. Settles only if the browser does not leave. */
  login(options?: LoginOptions): Promise<void>;
  /** Wipes the session in all tabs, then ends it at Keycloak. Settles only if the browser does not leave. */
  logout(options?: LogoutOptions): Promise<void>;
  /** Address of Keycloak's account pages, with a way back to this page. */
  accountUrl(): string;
  /** Stops timers and listeners of this object. The session itself goes on in other tabs. */
  close(): void;
  addEventListener<K extends keyof SessionEventMap>(
    type: K,
    listener: (event: SessionEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof SessionEventMap>(
    type: K,
    listener: (event: SessionEventMap[K]) => void,
  ): void;
}

/**
 * Everything that otrs-auth throws or rejects with. `message` is for people, `code` for programs.
 * Holds no token, code or other secret.
 */
export class AuthError extends Error {
  readonly name: "AuthError";
  /** Stable name of what happened. */
  readonly code: AuthErrorCode;
  /** What it happened to: an option, claim, parameter or origin; empty where the code says it all. */
  readonly subject: string;
  /** What an administrator can do: which field, in which Keycloak screen, with which value. */
  readonly remedy: string | null;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /**
   * Where the login began that `createSession` could not bring to its end, if that is another page than this: for a
   * login by hand, `session.login({ returnTo })`.
   */
  readonly returnTo?: string;
}

/**
 * Starts or joins the session of this page: finishes a login whose answer brought the browser here,
 * else picks up the session of this browser, else does what `onLoad` says. A second call with the
 * same realm and client returns the same session.
 * @throws {AuthError} see the table of codes in the README
 */
export function createSession(options: SessionOptions): Promise<Session>;

/** Stable names of everything that can go wrong. */
export type AuthErrorCode =
  | "option_unknown"
  | "option_invalid"
  | "client_secret_refused"
  | "insecure_authority"
  | "insecure_page"
  | "storage_unavailable"
  | "randomness_unavailable"
  | "navigation_failed"
  | "page_framed"
  | "login_loop"
  | "keycloak_unreachable"
  | "realm_not_found"
  | "issuer_mismatch"
  | "pkce_unsupported"
  | "metadata_invalid"
  | "keys_invalid"
  | "web_origin_missing"
  | "client_unknown"
  | "redirect_uri_refused"
  | "server_error"
  | "rate_limited"
  | "callback_malformed"
  | "callback_unsolicited"
  | "callback_expired"
  | "callback_issuer_missing"
  | "callback_issuer_mismatch"
  | "login_required"
  | "interaction_required"
  | "login_denied"
  | "login_interrupted"
  | "scope_refused"
  | "login_refused"
  | "code_refused"
  | "refresh_refused"
  | "token_answer_invalid"
  | "token_type_refused"
  | "id_token_missing"
  | "id_token_malformed"
  | "id_token_algorithm"
  | "id_token_key_unknown"
  | "id_token_signature"
  | "id_token_issuer"
  | "id_token_audience"
  | "id_token_subject"
  | "id_token_expired"
  | "id_token_issued_at"
  | "id_token_nonce"
  | "id_token_access_token_hash"
  | "id_token_authentication"
  | "access_token_malformed"
  | "role_missing"
  | "claim_missing"
  | "customerid_missing"
  | "not_signed_in"
  | "session_ended"
  | "session_closed"
  | "api_origin_refused"
  | "return_url_refused"
  | "timeout"
  | "internal_error"
  | "dpop_unavailable"
  | "dpop_unsupported"
  | "dpop_access_token_bound"
  | "dpop_access_token_unbound"
  | "dpop_proof_refused"
  | "dpop_key_lost"
  // only from the loader
  | "wasm_blocked"
  | "wasm_unavailable"
  | "browser_required"
  // only from the classic script
  | "browser_too_old";
