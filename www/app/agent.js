import { onLoadFromAddress } from "./connect.js";
import { el } from "./el.js";
import { Page } from "./page.js";
import { ticketList } from "./ticket-list.js";
import { ticketView } from "./ticket-view.js";

const HOME = "/agent/";
const TICKET = /^\/agent\/ticket\/([^/]+)\/?$/u;

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function notFound() {
  return {
    title: "Not found",
    root: el("section", { class: "card message", "data-test": "not-found" },
      el("h1", {}, "There is no such page"),
      el("p", {}, "The address may be old or mistyped."),
      el("div", { class: "actions" }, el("a", { class: "button button-primary", href: HOME }, "To the tickets"))),
  };
}

function content(context) {
  const ticket = TICKET.exec(location.pathname);
  if (ticket) return ticketView(context, decoded(ticket[1]));
  return location.pathname === HOME ? ticketList(context) : notFound();
}

function view(context) {
  const { title, root } = content(context);
  return {
    title,
    root: el("div", { class: "columns" }, root, el("aside", { class: "side", "aria-label": "Session" }, context.panel)),
  };
}

new Page({
  interface: "agent",
  home: HOME,
  brand: "Service Desk",
  badge: "Agent",
  onLoad: onLoadFromAddress("login"),
  signedOut: { title: "You are signed out", sentence: "Log in to see your tickets and go on where you stopped." },
  view,
}).start();
