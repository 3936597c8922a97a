/**
 * A plugin for Vue 3 (3.5 or newer): the session as reactive values. Import it before the router, which would else read
 * the address with Keycloak's answer in it, and `app.use` it before the router.
 */
import type { ComputedRef, Plugin, ShallowRef } from "vue";
import type { AuthError, Session, SessionOptions } from "./index.js";

/** The plugin. */
export interface OtrsAuth {
  /** Called by `app.use`. */
  install: Extract<Plugin, { install: unknown }>["install"];
  /** The session, once it is there. After a failure the next call tries again. */
  whenReady(): Promise<Session>;
}

/** What {@link useSession} gives. */
export interface ReactiveSession {
  /** See {@link Session.status}. `signing_in` until the session is there, `signed_out` where it could not be opened. */
  readonly status: ComputedRef<Session["status"]>;
  readonly user: ComputedRef<Session["user"]>;
  readonly roles: ComputedRef<Session["roles"]>;
  readonly customer: ComputedRef<Session["customer"]>;
  readonly missingClaims: ComputedRef<Session["missingClaims"]>;
  readonly expiresAt: ComputedRef<Session["expiresAt"]>;
  readonly endsAt: ComputedRef<Session["endsAt"]>;
  readonly scope: ComputedRef<Session["scope"]>;
  readonly actionResult: ComputedRef<Session["actionResult"]>;
  readonly connected: ComputedRef<boolean>;
  /** Whether the session ends soon unless it is used: show a countdown to `endsAt` and a button that calls `extend`. */
  readonly expiring: Readonly<ShallowRef<boolean>>;
  /** What went wrong last: at the start, or later with no promise to report it. Set it to `null` once it was read. */
  readonly error: ShallowRef<AuthError | null>;
  /** The session itself; `null` until it is there. */
  readonly session: Readonly<ShallowRef<Session | null>>;
  /** The session, once it is there. After a failure the next call tries again. */
  whenReady(): Promise<Session>;
  /** Whether the user has the client role of exactly this name. Reactive. */
  hasRole(name: string): boolean;
  // These wait for the session first.
  login: Session["login"];
  logout: Session["logout"];
  fetch: Session["fetch"];
  getToken: Session["getToken"];
  extend: Session["extend"];
}

/** Makes the plugin: with the options of `createSession`, or with a session that is there, as one of `otrs-auth/mock`. */
export function createOtrsAuth(options: SessionOptions | { session: Session | Promise<Session> }): OtrsAuth;

/** The session of the app that this component belongs to. */
export function useSession(): ReactiveSession;

/** What a guard needs to know of where a link points; vue-router's `RouteLocationNormalized` is one. */
export interface Target {
  readonly fullPath: string;
}

/**
 * A guard for vue-router (4.2 or newer), for `beforeEach` or `beforeEnter`: whoever is not signed in is led to Keycloak
 * and back to where the link points. Whoever lacks the role, or may not enter at all, is led to `noAccess`; without it
 * the navigation is cancelled.
 */
export function requireLogin<NoAccess = false>(options?: {
  role?: string;
  noAccess?: NoAccess;
}): (to: Target) => Promise<true | NoAccess>;
