import { action } from "../app/action.js";
import { el, foreign } from "../app/el.js";
import { CHECKS } from "./findings.js";
import { reportText } from "./report.js";
import { screenOf } from "./say.js";

const LEVELS = { green: ["pill-good", "All right"], amber: ["pill-warning", "Look"], red: ["pill-bad", "Fault"] };

const GROUPS = [
  ["This page, its server and this browser", "secure"],
  ["Keycloak", "reach"],
  ["The client", "client"],
  ["After a login", "login"],
];

function row({ id, level, title, sentence, remedy, code }, settings) {
  const [kind, word] = LEVELS[level];
  const screen = screenOf(remedy, settings);
  return el("li", { class: "finding", "data-check": id, "data-level": level, "data-code": code },
    el("span", { class: `pill ${kind}` }, word),
    el("div", { class: "finding-text" },
      el("h3", {}, title),
      foreign(sentence),
      remedy ? el("p", { class: "remedy", dir: "auto", "data-test": "remedy" }, remedy) : null,
      screen ? el("a", { href: screen, target: "_blank", rel: "noreferrer" }, "Open this screen of Keycloak") : null));
}

/** The findings as they come, what was found all in all, and the report. */
export class View {
  #settings;
  #rows = new Map();
  #lists = new Map();
  #summary = el("p", { class: "summary", role: "status", "data-test": "summary" }, "Examining …");
  #actions = el("div", { class: "actions" });
  #report = el("textarea", { class: "report", readonly: true, rows: 12, "aria-label": "Report", "data-test": "report" });
  root;

  constructor(settings) {
    this.#settings = settings;
    let list = null;
    const groups = [];
    for (const id of Object.keys(CHECKS)) {
      const group = GROUPS.find(([, first]) => first === id);
      if (group) {
        list = el("ul", { class: "findings" });
        groups.push(el("section", { class: "card" }, el("h2", {}, group[0]), list));
      }
      this.#lists.set(id, list);
    }
    this.root = el("div", { class: "stack" }, this.#summary, this.#actions, groups,
      el("section", { class: "card stack" },
        el("h2", {}, "Report"),
        el("p", { class: "quiet" }, "For whoever helps you. It holds no token and nobody's name."),
        this.#report,
        el("div", { class: "actions" }, el("button", { type: "button", class: "button", "data-test": "copy", onclick: () => this.#copy() }, "Copy the report"))));
  }

  show(finding) {
    const shown = row(finding, this.#settings);
    const old = this.#rows.get(finding.id);
    this.#rows.set(finding.id, shown);
    if (old) return old.replaceWith(shown);
    // What comes later may stand before.
    const order = Object.keys(CHECKS);
    const next = order.slice(order.indexOf(finding.id) + 1).map((id) => this.#rows.get(id))
      .find((other) => other?.parentNode === this.#lists.get(finding.id));
    return this.#lists.get(finding.id).insertBefore(shown, next ?? null);
  }

  /** Sums up; `buttons` are what can be done next: text, name for tests, task. */
  finish(findings, buttons) {
    const count = (level) => findings.all().filter((finding) => finding.level === level).length;
    const faults = count("red");
    const named = findings.all().filter(({ level }) => level === "red").map(({ title }) => title).join(", ");
    const verdict = faults === 0 ? "No fault found." : `${faults} fault${faults > 1 ? "s" : ""} found: ${named}.`;
    this.#summary.textContent = `${verdict} ${count("green")} all right, ${count("amber")} to look at.`;
    this.#summary.dataset.level = faults > 0 ? "red" : "green";
    this.#report.value = reportText(this.#settings, findings);
    const report = (error) => { if (error) this.#summary.textContent = error.message; };
    this.#actions.replaceChildren(...buttons.map(([text, test, task]) =>
      el("button", { type: "button", class: "button", "data-test": test, onclick: action(task, report) }, text)));
  }

  async #copy() {
    this.#report.select();
    // Pages on plain http have no clipboard; what is selected can be copied by hand.
    await navigator.clipboard?.writeText(this.#report.value).catch(() => {});
  }
}
