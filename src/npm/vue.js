// A plugin for Vue 3: the session as reactive values. Import it before the router, which would else read the address
// with Keycloak's answer in it.
import { computed, inject, shallowRef } from "vue";
import { createSession } from "./index.js";

const KEY = Symbol("otrs-auth");
const EVENTS = ["change", "ended", "expiring", "error"];
/** What is shown of the session, and what stands for it before there is one. */
const SHOWN = {
  status: { name: "signing_in" },
  user: null,
  roles: [],
  customer: null,
  missingClaims: [],
  expiresAt: null,
  endsAt: null,
  scope: null,
  actionResult: null,
  connected: true,
};

/** What did not change stays the same object, so that nobody who watches it is woken up. */
function look(session, before) {
  const seen = {};
  for (const name in SHOWN) {
    const value = session[name];
    seen[name] = JSON.stringify(value) === JSON.stringify(before[name]) ? before[name] : value;
  }
  return seen;
}

/** The plugin: `app.use(createOtrsAuth(options))`, before the router. */
export function createOtrsAuth(options) {
  const shown = shallowRef(SHOWN);
  const session = shallowRef(null);
  const error = shallowRef(null);
  const expiring = shallowRef(false);
  let ready = null;
  let closed = false;

  const listen = ({ type, detail }) => {
    shown.value = look(session.value, shown.value);
    if (type === "error") error.value = detail;
    expiring.value = type === "expiring" || (expiring.value && type === "error");
  };

  async function open() {
    try {
      const opened = await (options.session ?? createSession(options));
      session.value = opened;
      shown.value = look(opened, SHOWN);
      for (const type of closed ? [] : EVENTS) opened.addEventListener(type, listen);
      return opened;
    } catch (problem) {
      error.value = problem;
      shown.value = { ...SHOWN, status: { name: "signed_out" } };
      // The next one who waits tries again.
      ready = null;
      throw problem;
    }
  }

  const whenReady = () => (ready ??= open());
  const ask = (name) => async (...given) => (await whenReady())[name](...given);

  const state = { session, error, expiring, whenReady };
  for (const name in SHOWN) state[name] = computed(() => shown.value[name]);
  for (const name of ["login", "logout", "fetch", "getToken", "extend"]) state[name] = ask(name);
  state.hasRole = (name) => state.roles.value.includes(name);

  function close() {
    closed = true;
    for (const type of EVENTS) session.value?.removeEventListener(type, listen);
  }

  return {
    install(app) {
      app.provide(KEY, state);
      app.onUnmount(close);
      // What goes wrong is in `error`.
      whenReady().catch(() => {});
    },
    whenReady,
  };
}

/** The session of the app that this component belongs to. */
export function useSession() {
  const state = inject(KEY, null);
  if (!state) throw new Error("useSession() needs app.use(createOtrsAuth(...)) first.");
  return state;
}

/** A guard for vue-router: whoever is not signed in is led to Keycloak and back to where the link points. */
export function requireLogin({ role, noAccess = false } = {}) {
  return async function guard(to) {
    const state = useSession();
    const session = await state.whenReady();
    if (!session.user) {
      // Settles only if the browser does not leave: another tab may have signed in meanwhile.
      await session.login({ returnTo: to.href ?? to.fullPath });
    }
    const enters = session.status.name === "signed_in" && (role === undefined || session.hasRole(role));
    return enters || noAccess;
  };
}
