// A front end with Vue and its router; it is compiled, never run.
import { createOtrsAuth, requireLogin, useSession, type OtrsAuth, type ReactiveSession, type Target } from "otrs-auth/vue";
import { createMockSession } from "otrs-auth/mock";
import { createApp, defineComponent, h, watch } from "vue";
import { createRouter, createWebHistory, type RouteLocationNormalized } from "vue-router";

const Desk = defineComponent(() => {
  const session: ReactiveSession = useSession();
  watch(session.user, (user, before) => console.info(user?.login, before?.login));
  session.error.value = null;
  return () => h("button", { onClick: () => session.logout({ switchUser: true }) }, session.user.value?.name);
});

const guard = requireLogin({ role: "Agent", noAccess: "/no-access" as const });
const target = (to: RouteLocationNormalized): Target => to;
const router = createRouter({
  history: createWebHistory("/app/"),
  routes: [
    { path: "/", component: Desk, beforeEnter: requireLogin() },
    { path: "/lazy", component: () => import("vue").then(() => Desk) },
    { path: "/no-access", component: Desk },
  ],
});
router.beforeEach((to) => guard(target(to)));

export const auth: OtrsAuth = createOtrsAuth({ interface: "agent", authority: "https://iam.example.com" });
createApp(Desk).use(auth).use(router).mount("#app");

/** The same in a test. */
export async function test(): Promise<number> {
  const session = createMockSession({ roles: ["Agent"], idle: 60_000, respond: () => new Response("ok") });
  createApp(Desk).use(createOtrsAuth({ session })).mount("#app");
  session.control.fail("keycloak_unreachable");
  session.control.expire("account_disabled");
  return (await session.fetch("/api")).status;
}

// @ts-expect-error Somebody has to say where Keycloak is.
createOtrsAuth({ interface: "agent" });
// @ts-expect-error There is no such reason.
createMockSession().control.expire("boredom");
