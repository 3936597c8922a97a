// The plugin for Vue with the mock session: what is shown, who is told, and who is let in.
import assert from "node:assert/strict";
import { AuthError } from "otrs-auth";
import { createMockSession } from "otrs-auth/mock";
import { createOtrsAuth, requireLogin, useSession } from "otrs-auth/vue";
import { createRenderer, nextTick, watch } from "vue";

/** Vue without a page: elements are objects that nobody looks at. */
const nothing = () => {};
const { createApp } = createRenderer({
  insert: nothing, remove: nothing, patchProp: nothing, setElementText: nothing, setText: nothing,
  createElement: () => ({}), createText: () => ({}), createComment: () => ({}), parentNode: () => null, nextSibling: () => null,
});

/** An app with the plugin, and what a component of it gets. */
function mounted(options) {
  let state;
  const auth = createOtrsAuth(options);
  const app = createApp({
    setup() {
      state = useSession();
      return () => null;
    },
  }).use(auth);
  app.mount({});
  return { app, auth, state };
}

/** How many listeners a session has. */
function countListeners(session) {
  let count = 0;
  const { addEventListener, removeEventListener } = session;
  session.addEventListener = (...given) => void (count++, addEventListener.apply(session, given));
  session.removeEventListener = (...given) => void (count--, removeEventListener.apply(session, given));
  return () => count;
}

{
  const session = createMockSession({ roles: ["Agent", "VIP"] });
  const listeners = countListeners(session);
  const { app, auth, state } = mounted({ session });
  assert.deepEqual([state.status.value.name, state.user.value, state.roles.value], ["signing_in", null, []]);
  assert.equal(await auth.whenReady(), session);
  assert.equal(state.session.value, session);
  assert.deepEqual([state.status.value.name, state.user.value.login, state.hasRole("VIP")], ["signed_in", "agent", true]);
  assert.equal(await state.getToken(), "mock-access-token-1");

  const seen = [];
  watch(state.user, (user) => seen.push(user?.login ?? null));
  watch(() => state.hasRole("VIP"), (is) => seen.push(is));
  await state.getToken({ fresh: true });
  await nextTick();
  assert.deepEqual(seen, [], "a new token is no new user");
  session.control.setRoles(["Agent"]);
  await nextTick();
  session.control.disconnect();
  assert.deepEqual([state.connected.value, state.error.value.code], [false, "keycloak_unreachable"]);
  assert.equal(state.status.value.name, "signed_in");
  session.control.reconnect();
  session.control.tick(1_750_000);
  assert.equal(state.expiring.value, true);
  await state.extend();
  assert.equal(state.expiring.value, false);
  session.control.expire("account_disabled");
  await nextTick();
  assert.deepEqual(seen, [false, null]);
  assert.deepEqual(state.status.value, { name: "ended", reason: "account_disabled" });

  assert.equal(listeners(), 4);
  app.unmount();
  assert.equal(listeners(), 0, "an app that is gone listens no more");
}

{
  // Unmounted before the session was there.
  const session = createMockSession();
  const listeners = countListeners(session);
  const { app, auth } = mounted({ session: Promise.resolve(session) });
  app.unmount();
  await auth.whenReady();
  assert.equal(listeners(), 0);
}

{
  // There is no browser here: what went wrong is shown, and the next call tries again.
  const { auth, state } = mounted({ authority: "https://iam.example.com" });
  await assert.rejects(state.login(), { code: "browser_required" });
  assert.deepEqual([state.status.value.name, state.error.value instanceof AuthError], ["signed_out", true]);
  state.error.value = null;
  await assert.rejects(auth.whenReady());
  assert.equal(state.error.value.code, "browser_required");
}

{
  // The guard, as a router calls it: in the context of the app.
  const session = createMockSession({ user: null });
  const { app } = mounted({ session });
  const guard = (options, to) => app.runWithContext(() => requireLogin(options)(to));
  const entering = guard({}, { fullPath: "/tickets?open=1#3", href: "/app/tickets?open=1#3" });
  await new Promise(setImmediate);
  assert.deepEqual(session.control.logins, [{ returnTo: "/app/tickets?open=1#3" }]);
  session.control.signInAs({ login: "agent" });
  assert.equal(await entering, true);
  assert.equal(await guard({ role: "Agent" }, { fullPath: "/" }), true);
  assert.equal(await guard({ role: "VIP", noAccess: "/no-access" }, { fullPath: "/" }), "/no-access");
  assert.equal(await guard({ role: "VIP" }, { fullPath: "/" }), false);
  session.control.setRoles([]);
  assert.equal(await guard({}, { fullPath: "/" }), false, "who may not enter may not enter");
  assert.equal(session.control.logins.length, 1, "and is not sent to log in again");
  session.control.expire();
  session.control.fail("keycloak_unreachable");
  await assert.rejects(guard({}, { fullPath: "/" }), { code: "keycloak_unreachable" });
}

assert.throws(() => createApp({}).runWithContext(useSession), /createOtrsAuth/);
