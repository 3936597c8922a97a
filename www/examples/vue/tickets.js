import { defineComponent, h } from "vue";
import { RouterLink } from "vue-router";
import { useAnswer } from "./api.js";
import { loading } from "./states.js";

/** The list of tickets. */
export default defineComponent(() => {
  const answer = useAnswer("/api/agent/tickets");
  const row = ({ id, title, state }) =>
    h("li", { key: id, class: "card" }, [
      h(RouterLink, { to: `/ticket/${id}`, dir: "auto", "data-test": "ticket" }, () => title),
      h("p", { class: "quiet" }, state),
    ]);
  return () => [
    h("h1", {}, "Tickets"),
    answer.value ? h("ul", { class: "stack" }, answer.value.tickets.map(row)) : loading(),
  ];
});
