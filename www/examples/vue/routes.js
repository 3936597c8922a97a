import { requireLogin } from "otrs-auth/vue";
import { createRouter, createWebHistory } from "vue-router";
import { NoAccess, NotFound, SignedOut } from "./states.js";

const login = requireLogin({ noAccess: "/no-access" });

export const router = createRouter({
  history: createWebHistory("/examples/vue/"),
  routes: [
    // Each of these is a file of its own, loaded when it is needed.
    { path: "/", component: () => import("./tickets.js"), beforeEnter: login, meta: { title: "Tickets" } },
    { path: "/ticket/:id", component: () => import("./ticket.js"), props: true, beforeEnter: login, meta: { title: "Ticket" } },
    { path: "/profile", component: () => import("./profile.js"), beforeEnter: login, meta: { title: "Profile" } },
    // For administrators; the server decides what they get.
    {
      path: "/admin",
      component: () => import("./profile.js"),
      beforeEnter: requireLogin({ role: "Dynamic Field Admin", noAccess: "/no-access" }),
      meta: { title: "Administration" },
    },
    { path: "/no-access", component: NoAccess, meta: { title: "No access" } },
    // Also shown to whoever is not signed in any more.
    { path: "/signed-out", component: SignedOut, meta: { title: "Signed out", open: true } },
    { path: "/:rest(.*)*", component: NotFound, meta: { title: "Not found" } },
  ],
});

// Another view is another page for whoever does not see it.
router.afterEach((to, from) => {
  document.title = `${to.meta.title} · Service Desk with Vue`;
  if (from.matched.length > 0) document.querySelector("#main")?.focus();
});
