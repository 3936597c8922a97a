import { callApi } from "./api.js";
import { el, foreign } from "./el.js";
import { load } from "./load.js";
import { noteForm } from "./note-form.js";
import { avatar } from "./person.js";
import { customerText, listOf, moment, priority, statePill, ticketOf } from "./tickets.js";

function fact(term, content) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, content));
}

function article(entry) {
  const from = String(entry.from ?? entry.author ?? entry.sender ?? entry.login ?? "Unknown");
  return el(
    "li",
    { class: "article", "data-test": "article" },
    avatar(from),
    el("div", { class: "article-body" },
      el("p", { class: "article-head" },
        foreign(from, { class: "article-from" }),
        el("span", { class: "quiet" }, moment(entry.created ?? entry.time))),
      entry.subject ? el("p", { class: "article-subject", dir: "auto" }, String(entry.subject)) : null,
      el("p", { class: "article-text", dir: "auto" }, String(entry.body ?? entry.text ?? ""))),
  );
}

function articleList(entries, nothing) {
  return entries.length > 0
    ? el("ol", { class: "articles" }, entries.map(article))
    : el("p", { class: "empty" }, nothing);
}

function tabLink(name, label, count, chosen) {
  return el(
    "a",
    { class: "tab", href: `?tab=${name}`, "aria-current": chosen === name && "true", "data-test": `tab-${name}` },
    label,
    el("span", { class: "count" }, String(count)),
  );
}

/** One ticket with its articles and notes; `?tab=notes` opens the notes. */
export function ticketView({ session, signal }, id) {
  const chosen = new URLSearchParams(location.search).get("tab") === "notes" ? "notes" : "articles";
  const path = `/api/agent/ticket/${encodeURIComponent(id)}`;
  const place = el("div", { class: "stack" });

  function build(answer) {
    const ticket = ticketOf(answer);
    const articles = listOf(ticket.articles, "articles");
    const notes = listOf(ticket.notes, "notes");
    const content = el(
      "div",
      { class: "stack" },
      el("div", { class: "page-head" },
        el("p", { class: "ticket-number", "data-test": "ticket-number" }, String(ticket.number ?? id)),
        el("h1", { dir: "auto", "data-test": "ticket-title" }, String(ticket.title ?? "Without a title"))),
      el("dl", { class: "card ticket-facts" },
        fact("State", statePill(ticket.state)),
        fact("Priority", priority(ticket.priority)),
        fact("Queue", foreign(ticket.queue ?? "–")),
        fact("Customer", foreign(customerText(ticket.customer) || "–")),
        fact("Created", moment(ticket.created) || "–")),
      el("section", { class: "card list-card", "aria-label": "Articles and notes" },
        el("nav", { class: "tabs", "aria-label": "Parts of the ticket" },
          tabLink("articles", "Articles", articles.length, chosen),
          tabLink("notes", "Notes", notes.length, chosen)),
        chosen === "notes" ? articleList(notes, "No notes yet.") : articleList(articles, "No articles yet."),
        el("div", { id: "end" }, noteForm(session, `${path}/note`, added))),
    );
    queueMicrotask(scrollToHash);
    return content;
  }

  function show() {
    return load(place, { read: () => callApi(session, path, { signal }), build, signal, heading: "h1" });
  }

  /** The view shows the notes from now on, and the address says so. */
  function added() {
    if (chosen === "notes") show();
    else place.querySelector('[data-test="tab-notes"]')?.click();
  }

  show();
  return {
    title: `Ticket ${id}`,
    root: el("div", { class: "stack" },
      el("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, el("a", { href: "/agent/" }, "Tickets"), el("span", { "aria-current": "page" }, `Ticket ${id}`)),
      place),
  };
}

/** The browser looked for the target of the address before it was there. */
function scrollToHash() {
  if (location.hash.length < 2) return;
  let id = location.hash.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    // Not an encoded name: the id as it stands.
  }
  document.getElementById(id)?.scrollIntoView({ block: "nearest" });
}
