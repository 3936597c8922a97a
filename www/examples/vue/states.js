import { useSession } from "otrs-auth/vue";
import { defineComponent, h } from "vue";
import { RouterLink } from "vue-router";

/** A card with one message. */
const card = (test, title, ...rest) =>
  h("section", { class: "card stack", "data-test": test }, [h("h1", {}, title), ...rest]);
const button = (test, text, onClick) => h("button", { type: "button", class: "button button-primary", "data-test": test, onClick }, text);

/** What is to come. */
export const loading = () => h("p", { role: "status", "aria-busy": "true" }, "Loading …");

/** Somebody is signed in who lacks a role. */
export const NoAccess = defineComponent(() => {
  const { status, error, logout } = useSession();
  const leave = () => logout({ switchUser: true }).catch((problem) => (error.value = problem));
  return () => {
    const { problem } = status.value;
    return card(
      "no-access",
      "You may not enter here",
      h("p", { dir: "auto" }, problem?.message ?? "Your account lacks the role that this page needs."),
      problem?.remedy && h("p", { class: "quiet", dir: "auto", "data-test": "remedy" }, problem.remedy),
      h("div", { class: "actions" }, button("switch-user", "Switch user", leave)),
    );
  };
});

/** The page that a log-out comes back to. */
export const SignedOut = defineComponent(() => () =>
  card("signed-out", "You are signed out", h("p", {}, h(RouterLink, { to: "/", "data-test": "enter" }, () => "Go to your tickets"))));

/** The session ended while this page was open. */
export const Ended = defineComponent(() => {
  const { status, error, login } = useSession();
  const again = () => login().catch((problem) => (error.value = problem));
  return () =>
    card("ended", "Your session has ended", h("p", {}, ["Reason: ", h("code", {}, status.value.reason)]), h("div", { class: "actions" }, button("login", "Log in again", again)));
});

/** Something went wrong. */
export const Failed = defineComponent({
  props: { problem: { type: Error, required: true } },
  setup({ problem }) {
    const again = () => location.reload();
    return () =>
      card(
        "failed",
        "That did not work",
        h("p", { role: "alert", dir: "auto" }, problem.message),
        problem.remedy && h("p", { class: "quiet", dir: "auto", "data-test": "remedy" }, problem.remedy),
        h("p", { class: "quiet" }, ["Code ", h("code", { "data-test": "code" }, problem.code ?? problem.name)]),
        h("div", { class: "actions" }, button("again", "Try again", again)),
      );
  },
});

/** A link that leads nowhere. */
export const NotFound = defineComponent(() => () => card("not-found", "There is no such page"));
