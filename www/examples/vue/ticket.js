import { defineComponent, h } from "vue";
import { RouterLink } from "vue-router";
import { useAnswer } from "./api.js";
import { loading } from "./states.js";

/** One ticket. */
export default defineComponent({
  props: { id: { type: String, required: true } },
  setup({ id }) {
    const answer = useAnswer(`/api/agent/ticket/${encodeURIComponent(id)}`);
    const ticket = () => answer.value.ticket ?? answer.value;
    return () =>
      answer.value
        ? h("article", { class: "card stack" }, [
            h("h1", { dir: "auto", "data-test": "title" }, ticket().title),
            h("p", { class: "quiet" }, [ticket().state, " · ", ticket().queue]),
            h("p", {}, h(RouterLink, { to: "/" }, () => "All tickets")),
          ])
        : loading();
  },
});
