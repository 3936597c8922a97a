import { action } from "./action.js";
import { callApi } from "./api.js";
import { el, foreign, uniqueId } from "./el.js";
import { explain } from "./errors.js";
import { roleChips } from "./person.js";

const LOG_LENGTH = 30;

function row(term, ...content) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, content));
}

/** The last events of a session, newest first. Holds names and codes, never tokens. */
class EventLog {
  root = el("ol", { class: "log", "data-test": "event-log", tabindex: "0", "aria-label": "Events" });

  add(kind, text) {
    const time = new Date().toLocaleTimeString("en-GB");
    this.root.prepend(
      el("li", { "data-test": "event" },
        el("time", {}, time),
        el("span", { class: `log-kind log-${kind}` }, kind),
        foreign(text, { class: "log-text" })),
    );
    while (this.root.children.length > LOG_LENGTH) this.root.lastChild.remove();
  }
}

/** Seconds until the access token expires, counted down every second. */
class Countdown {
  #session;
  #seconds = el("span", { class: "countdown-number", "data-test": "expires-in" });
  #bar;
  #expiresAt;
  root;

  constructor(session) {
    const label = uniqueId("countdown");
    this.#session = session;
    this.#bar = el("progress", { "aria-labelledby": label, max: 1, value: 0 });
    this.root = el(
      "div",
      { class: "countdown" },
      el("p", { class: "countdown-label", id: label }, "Access token expires in"),
      el("p", { class: "countdown-value" }, this.#seconds, " s"),
      this.#bar,
    );
  }

  update() {
    const { expiresAt } = this.#session;
    const left = typeof expiresAt === "number" ? Math.max(0, Math.round((expiresAt - Date.now()) / 1000)) : null;
    this.#seconds.textContent = left === null ? "–" : String(left);
    if (expiresAt !== this.#expiresAt) {
      this.#expiresAt = expiresAt;
      this.#bar.max = left || 1;
    }
    this.#bar.value = left ?? 0;
  }
}

/** Shows one session: who, which roles, how long, what happened, and two things to try. */
export class SessionPanel {
  #session;
  #facts = el("dl", { class: "details" });
  #connection = el("span", { class: "pill" });
  #result = el("div", { class: "result", role: "status", "data-test": "api-result" });
  #log = new EventLog();
  #countdown;
  #shown;
  #report;
  root;

  /** `whoAmI` is the REST address behind "Call the API"; `heading` the level of the panel's title. */
  constructor(session, { heading = "h2", title = "Your session", whoAmI = "/api/whoami", report }) {
    const id = uniqueId("panel");
    this.#session = session;
    this.#report = report;
    this.#countdown = new Countdown(session);
    this.root = el(
      "section",
      { class: "card panel", "aria-labelledby": id, "data-test": "session-panel" },
      el("div", { class: "panel-head" }, el(heading, { id }, title), this.#connection),
      this.#countdown.root,
      this.#facts,
      el("div", { class: "actions" },
        el("button", { type: "button", class: "button", "data-test": "refresh", onclick: action(() => this.refresh(), report) }, "Get token (fresh)"),
        el("button", { type: "button", class: "button", "data-test": "call-api", onclick: action(() => this.#call(whoAmI), (error) => this.#answer(error)) }, "Call the API")),
      this.#result,
      el("p", { class: "log-title" }, "Events"),
      this.#log.root,
    );
    this.update();
  }

  /** Asks for a new token, whatever the age of this one. */
  async refresh() {
    await this.#session.getToken({ fresh: true });
    this.#countdown.update();
    this.#log.add("token", "a new access token was issued");
  }

  async #call(path) {
    const answer = await callApi(this.#session, path);
    this.#result.replaceChildren(
      el("p", { class: "result-good" }, `200 from ${path}`),
      el("pre", { tabindex: "0", dir: "auto", "aria-label": "Answer" }, JSON.stringify(answer, null, 2)),
    );
  }

  #answer(error) {
    this.#report(null);
    if (!error) {
      this.#result.replaceChildren();
      return;
    }
    const said = explain(error);
    this.#result.replaceChildren(
      el("p", { class: "result-bad" }, `${said.title}. `, foreign(said.sentence)),
      el("p", { class: "reference" }, "Code ", el("code", { "data-test": "error-code" }, said.code)),
    );
  }

  /** Writes down an event of the session. */
  log(kind, text) {
    this.#log.add(kind, text);
  }

  /** Brings everything up to date that changes without an event. */
  tick() {
    this.#countdown.update();
  }

  /** Brings everything up to date after an event. */
  update() {
    const { user, roles, missingClaims, connected } = this.#session;
    this.#countdown.update();
    this.#connection.textContent = connected ? "connected" : "Keycloak away";
    this.#connection.className = `pill ${connected ? "pill-good" : "pill-warning"}`;
    const shown = JSON.stringify([user, roles, missingClaims]);
    if (shown === this.#shown || !user) return;
    this.#shown = shown;
    this.#facts.replaceChildren(
      row("Login", foreign(user.login)),
      row("E-mail", user.email ? foreign(user.email, { "data-test": "user-email" }) : el("span", { class: "quiet" }, "not in the token")),
      row("Roles", roleChips(roles)),
      row("Missing claims", missingClaims.length > 0
        ? el("ul", { class: "chips", "data-test": "missing-claims" },
          missingClaims.map((claim) => el("li", {}, el("span", { class: "chip chip-missing", "data-test": "missing-claim" }, claim))))
        : el("span", { class: "quiet", "data-test": "missing-claims" }, "none")),
    );
  }
}
