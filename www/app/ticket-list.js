import { callApi } from "./api.js";
import { el, foreign } from "./el.js";
import { load } from "./load.js";
import { customerText, listOf, moment, priority, stateKind, statePill, ticketPath } from "./tickets.js";

const FILTERS = [
  ["", "All"],
  ["new", "New"],
  ["open", "Open"],
  ["pending", "Pending"],
  ["closed", "Closed"],
];

function row(ticket) {
  return el(
    "li",
    { class: "ticket-row", "data-test": "ticket" },
    el("span", { class: "ticket-number" }, String(ticket.number ?? ticket.id)),
    el("span", { class: "ticket-main" },
      el("a", { class: "ticket-title", href: ticketPath(ticket), dir: "auto" }, String(ticket.title ?? "Without a title")),
      el("span", { class: "ticket-meta" }, foreign(customerText(ticket.customer)), el("span", {}, moment(ticket.created)))),
    el("span", { class: "ticket-queue" }, foreign(ticket.queue ?? "")),
    priority(ticket.priority),
    statePill(ticket.state),
  );
}

function filterLinks(tickets, chosen) {
  const links = FILTERS.map(([kind, label]) => {
    const count = kind === "" ? tickets.length : tickets.filter((ticket) => stateKind(ticket.state) === kind).length;
    return el(
      "a",
      { class: "tab", href: kind === "" ? "/agent/" : `/agent/?state=${kind}`, "aria-current": kind === chosen && "true" },
      label,
      el("span", { class: "count" }, String(count)),
    );
  });
  return el("nav", { class: "tabs", "aria-label": "Tickets by state" }, links);
}

/** All tickets of the agent, by state. */
export function ticketList({ session, signal }) {
  const chosen = new URLSearchParams(location.search).get("state") ?? "";
  const place = el("div", { class: "card list-card" });
  function build(answer) {
    const tickets = listOf(answer, "tickets");
    const shown = chosen === "" ? tickets : tickets.filter((ticket) => stateKind(ticket.state) === chosen);
    return el(
      "div",
      {},
      filterLinks(tickets, chosen),
      shown.length > 0
        ? el("ul", { class: "ticket-rows", "data-test": "tickets" }, shown.map(row))
        : el("p", { class: "empty" }, "No tickets in this state."),
    );
  }
  load(place, { read: () => callApi(session, "/api/agent/tickets", { signal }), build, signal });
  return {
    title: "Tickets",
    root: el("div", { class: "stack" },
      el("div", { class: "page-head" }, el("h1", {}, "Tickets"), el("p", { class: "quiet" }, "Everything in your queues")),
      place),
  };
}
