import { useSession } from "otrs-auth/vue";
import { computed, defineComponent, h, ref, watchEffect } from "vue";
import { RouterLink, RouterView, useRoute } from "vue-router";
import { Ended, Failed, loading } from "./states.js";

const SPOKEN = {
  signing_in: () => "Signing you in.",
  signed_in: ({ user }) => `Signed in as ${user.name ?? user.login}.`,
  no_access: ({ problem }) => problem.message,
  signed_out: () => "Nobody is signed in.",
  ended: () => "Your session has ended.",
};

/** Minutes and seconds until the session ends. */
function useCountdown(endsAt) {
  const now = ref(Date.now());
  setInterval(() => (now.value = Date.now()), 1000);
  return computed(() => Math.max(0, Math.round((endsAt.value - now.value) / 1000)));
}

/** What is around every view. */
export const App = defineComponent(() => {
  const { status, user, connected, expiring, endsAt, error, extend, logout } = useSession();
  const left = useCountdown(endsAt);
  const route = useRoute();
  const report = (problem) => (error.value = problem);
  watchEffect(() => {
    document.body.dataset.status = status.value.name;
  });

  const header = () =>
    h("header", { class: "header" }, [
      h("div", { class: "header-inner" }, [
        h(RouterLink, { class: "brand", to: "/" }, () => "Service Desk with Vue"),
        user.value &&
          h("nav", { class: "example-nav", "aria-label": "Main" }, [
            h(RouterLink, { to: "/" }, () => "Tickets"),
            h(RouterLink, { to: "/profile" }, () => "Profile"),
            h(RouterLink, { to: "/admin" }, () => "Administration"),
          ]),
        user.value &&
          h("div", { class: "example-person" }, [
            h("span", { dir: "auto", "data-test": "who" }, user.value.name ?? user.value.login),
            h("button", { type: "button", class: "button", "data-test": "logout", onClick: () => logout().catch(report) }, "Log out"),
          ]),
      ]),
    ]);

  const notices = () => [
    !connected.value && h("p", { class: "banner" }, "Keycloak cannot be reached; you can go on working."),
    expiring.value &&
      h("div", { class: "banner", "data-test": "expiring" }, [
        h("p", {}, `You will be signed out in ${left.value} s, unless you go on.`),
        h("button", { type: "button", class: "button", onClick: () => extend().catch(report) }, "Stay signed in"),
      ]),
  ];

  const view = () => {
    if (error.value) return h(Failed, { problem: error.value });
    if (status.value.name === "ended" && !route.meta.open) return h(Ended);
    return route.matched.length > 0 ? h(RouterView) : loading();
  };

  return () =>
    h("div", { class: "shell" }, [
      h("a", { class: "skip", href: "#main" }, "Skip to the content"),
      header(),
      h("div", { role: "status" }, notices()),
      h("p", { role: "status", class: "visually-hidden" }, SPOKEN[status.value.name](status.value)),
      h("main", { class: "content", id: "main", tabindex: "-1" }, view()),
      h("footer", { class: "footer" }, h("p", {}, ["An example of otrs-auth. ", h("a", { href: "/" }, "All demo pages")])),
    ]);
});
