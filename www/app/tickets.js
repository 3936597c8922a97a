import { el, foreign } from "./el.js";

const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** The list in an answer, whether bare or under a name. */
export function listOf(answer, name) {
  if (Array.isArray(answer)) return answer;
  return Array.isArray(answer?.[name]) ? answer[name] : [];
}

/** The ticket in an answer, whether bare or under a name. */
export function ticketOf(answer) {
  return answer?.ticket ?? answer ?? {};
}

/** A moment in words; text that is no date stays as it is. */
export function moment(value) {
  if (value === undefined || value === null || value === "") return "";
  const date = new Date(typeof value === "number" && value < 1e11 ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? String(value) : DATE.format(date);
}

/** The kind of a state: new, open, pending or closed, however the queue names it exactly. */
export function stateKind(state) {
  const text = String(state ?? "").toLowerCase();
  return ["new", "open", "pending", "closed"].find((kind) => text.includes(kind)) ?? "other";
}

/** A ticket's state as a coloured pill with its exact name. */
export function statePill(state) {
  return foreign(state ?? "unknown", { class: `pill pill-${stateKind(state)}` });
}

/** A ticket's priority, with a mark for those above normal. */
export function priority(value) {
  const text = String(value ?? "");
  const high = /high|[45]/iu.test(text);
  return foreign(text, { class: high ? "priority priority-high" : "priority" });
}

/** What tickets are called in addresses: their id, else their number. */
export function ticketPath(ticket) {
  return `/agent/ticket/${encodeURIComponent(ticket.id ?? ticket.number)}`;
}

/** A customer as text, whether the API gives a name or an object. */
export function customerText(customer) {
  if (customer && typeof customer === "object") return customer.name ?? customer.customerid ?? customer.login ?? "";
  return customer ?? "";
}

/** Grey blocks in the shape of a list while it loads. */
export function loadingList() {
  return el(
    "div",
    { class: "loading", "data-test": "loading", role: "status" },
    el("p", { class: "visually-hidden" }, "Loading …"),
    [1, 2, 3, 4, 5].map(() =>
      el("div", { class: "skeleton-line", "aria-hidden": "true" },
        el("div", { class: "skeleton-block skeleton-short" }),
        el("div", { class: "skeleton-block skeleton-wide" }))),
  );
}
