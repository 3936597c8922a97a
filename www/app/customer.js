import { callApi } from "./api.js";
import { onLoadFromAddress } from "./connect.js";
import { customerCard } from "./customer-card.js";
import { el, foreign } from "./el.js";
import { load } from "./load.js";
import { Page } from "./page.js";
import { displayName } from "./person.js";
import { listOf, moment, stateKind, statePill } from "./tickets.js";

const PROGRESS = {
  new: "We have received your request.",
  open: "Somebody is working on it.",
  pending: "We are waiting for something before we can go on.",
  closed: "Done. Thank you for writing to us.",
};

function request(ticket) {
  const kind = stateKind(ticket.state);
  return el(
    "li",
    { class: `request request-${kind}`, "data-test": "ticket" },
    el("div", { class: "request-head" },
      el("h3", { class: "request-title", dir: "auto" }, String(ticket.title ?? "Without a title")),
      statePill(ticket.state)),
    PROGRESS[kind] ? el("p", {}, PROGRESS[kind]) : null,
    el("p", { class: "quiet" }, `No. ${ticket.number ?? ticket.id}`, " · ", moment(ticket.created)),
  );
}

function requests({ session, signal }) {
  const place = el("div", {});
  function build(answer) {
    const tickets = listOf(answer, "tickets");
    return tickets.length > 0
      ? el("ul", { class: "requests", "data-test": "tickets" }, tickets.map(request))
      : el("p", { class: "empty" }, "You have no requests. If something does not work, tell us.");
  }
  load(place, { read: () => callApi(session, "/api/customer/tickets", { signal }), build, signal, heading: "h3" });
  return el("section", { class: "card", "aria-labelledby": "requests-title" }, el("h2", { id: "requests-title" }, "Requests of your company"), place);
}

function view({ session, panel, signal }) {
  return {
    title: "My requests",
    root: el(
      "div",
      { class: "stack" },
      el("section", { class: "welcome" },
        el("p", { class: "welcome-hello" }, "Hello,"),
        el("h1", { dir: "auto" }, displayName(session.user)),
        el("p", {}, "Good to see you. Here is what happens with the requests of ", foreign(session.customer?.customerid ?? "your company"), ".")),
      el("div", { class: "columns" },
        requests({ session, signal }),
        el("div", { class: "side stack" },
          customerCard(session.customer),
          el("details", { class: "technical" }, el("summary", { "data-test": "session-details" }, "Technical details"), panel))),
    ),
  };
}

new Page({
  interface: "customer",
  home: "/customer/",
  brand: "Help Centre",
  badge: null,
  onLoad: onLoadFromAddress("login"),
  signedOut: { title: "Goodbye for now", sentence: "You are signed out. Log in to see your requests and your data." },
  view,
}).start();
