/**
 * A session for the front end's own tests. It has the members and sends the events of the real one, without
 * WebAssembly, network or browser; `control` says what happens to it.
 */
import {
  AuthError,
  type AuthErrorCode,
  type Customer,
  type EndReason,
  type Interface,
  type LoginOptions,
  type LogoutOptions,
  type Session,
  type SessionOptions,
  type User,
} from "./index.js";

export { AuthError };

/** Who is signed in at first, and what the session is like. */
export interface MockOptions {
  /** Presets realm, required role, user and customer data. Default: `"agent"`. */
  interface?: Interface;
  /** Who is signed in; `null` for nobody. Default: somebody with all claims. */
  user?: User | null;
  /** The client roles. Default: the required one. */
  roles?: readonly string[];
  /** Customer data; without a customerid the status is `no_access`. */
  customer?: Partial<Customer> | null;
  authority?: string;
  realm?: string;
  clientId?: string;
  requiredRole?: string | null;
  scope?: string;
  apiOrigins?: readonly string[];
  actionResult?: Session["actionResult"];
  /** How long an access token lives, ms. Default: 5 minutes. */
  lifetime?: number;
  /** How long the session may be unused, ms. Default: 30 minutes. */
  idle?: number;
  /** Answers what `session.fetch` sends, which has a header `Authorization`. Without it `fetch` fails. */
  respond?: (request: Request) => Response | Promise<Response>;
}

/** What happens to a mock session. Events are sent before these return. */
export interface MockControl {
  /** The options of all calls of `login`; their promises are fulfilled by {@link signInAs}. */
  readonly logins: LoginOptions[];
  /** The options of all calls of `logout` that left; their promises never settle, as in a browser. */
  readonly logouts: LogoutOptions[];
  /** Somebody signs in, with the required role unless `roles` says otherwise. */
  signInAs(user: Partial<User>, more?: { roles?: readonly string[]; customer?: Partial<Customer> | null }): void;
  /** The roles change, as with the next access token. */
  setRoles(roles: readonly string[]): void;
  /** The session ends. Default: `"idle"`. */
  expire(reason?: EndReason): void;
  /** The next call of `createSession`, `getToken`, `extend`, `fetch`, `login` or `logout` is rejected with this, once. */
  fail(code: AuthErrorCode, subject?: string): void;
  /** What {@link fail} has prepared, which nobody gets any more; `null` if there is nothing. */
  failure(): AuthError | null;
  /** Sends the event `error`. */
  report(code: AuthErrorCode, subject?: string): void;
  /** Keycloak cannot be reached: `connected` is `false`, tokens that are valid still work. */
  disconnect(): void;
  reconnect(): void;
  /**
   * So many milliseconds go by in which nobody uses the session: `endsAt` and `expiresAt` come nearer, `expiring` is
   * sent, the session ends. `tick()` only looks, where the tests have a clock of their own.
   */
  tick(ms?: number): void;
}

/** A session with its control. */
export interface MockSession extends Session {
  readonly control: MockControl;
}

/** Makes a session. */
export function createMockSession(options?: MockOptions): MockSession;

/**
 * In place of the real one, where the tests' configuration has `otrs-auth/mock` stand for `otrs-auth`: gives the session
 * that {@link createMockSession} made last.
 */
export function createSession(options: SessionOptions): Promise<Session>;
