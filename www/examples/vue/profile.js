import { useSession } from "otrs-auth/vue";
import { defineComponent, h } from "vue";

/** Who is signed in. */
export default defineComponent(() => {
  const { user, roles, session } = useSession();
  const fact = (name, value) => h("div", {}, [h("dt", {}, name), h("dd", { dir: "auto" }, value ?? "–")]);
  return () =>
    h("section", { class: "card stack" }, [
      h("h1", {}, "Profile"),
      h("dl", { class: "details" }, [
        fact("Login", user.value?.login),
        fact("Name", user.value?.name),
        fact("E-mail", user.value?.email),
        h("div", {}, [h("dt", {}, "Roles"), h("dd", {}, h("ul", { class: "chips" }, roles.value.map((role) => h("li", { class: "chip", dir: "auto", "data-test": "role" }, role))))]),
      ]),
      h("p", {}, h("a", { href: session.value?.accountUrl() }, "Account pages")),
    ]);
});
