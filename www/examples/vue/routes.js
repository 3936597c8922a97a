import { requireLogin } from "otrs-auth/vue";
import { createRouter, createWebHistory } from "vue-router";
import { NoAccess, NotFound, SignedOut } from "./states.js";

const login = requireLogin({ noAccess: "/no-access" });

export const router = createRouter({
  history: createWebHistory("/examples/vue/"),
  routes: [
    // Each of these is a file of its own, loaded when it is needed.
    { path: "/", component: () => import("./tickets.js"), beforeEnter: login },
    { path: "/ticket/:id", component: () => import("./ticket.js"), props: true, beforeEnter: login },
    { path: "/profile", component: () => import("./profile.js"), beforeEnter: login },
    // For administrators; the server decides what they get.
    {
      path: "/admin",
      component: () => import("./profile.js"),
      beforeEnter: requireLogin({ role: "Dynamic Field Admin", noAccess: "/no-access" }),
    },
    { path: "/no-access", component: NoAccess },
    // Also shown to whoever is not signed in any more.
    { path: "/signed-out", component: SignedOut, meta: { open: true } },
    { path: "/:rest(.*)*", component: NotFound },
  ],
});
