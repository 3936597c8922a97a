import { action } from "./action.js";
import { el } from "./el.js";
import { icon } from "./icon.js";

/** Whole seconds until a moment. */
function secondsUntil(moment) {
  return Math.max(0, Math.round((moment - Date.now()) / 1000));
}

/**
 * The notice that an unused session is about to end: how long it still lasts, counted down, and a button that keeps
 * it. People who cannot see it are told once, when they are not busy: a number that is read out every second would
 * be in the way of the very input that puts the end off.
 */
export class Ending {
  #session;
  #report;
  #endsAt = null;
  #seconds = el("strong", { class: "ending-number", "data-test": "ending-in" });
  #spoken = el("p", { class: "visually-hidden", role: "status", "data-test": "ending-spoken" });
  #notice;
  root;

  constructor(session, { report }) {
    this.#session = session;
    this.#report = report;
    const stay = action(() => this.#stay(), (error, again) => this.#report(error, again));
    this.#notice = el(
      "div",
      { class: "ending card", role: "group", "aria-label": "End of your session", hidden: true, "data-test": "ending" },
      icon("alert"),
      el("p", { role: "timer" }, "You will be signed out in ", this.#seconds, " s"),
      el("button", { type: "button", class: "button button-primary", "data-test": "stay", onclick: stay }, "Stay signed in"),
    );
    // What is to be announced has to be in the page before its text is.
    this.root = el("div", {}, this.#spoken, this.#notice);
  }

  /** The session says that it is about to end. */
  show() {
    const { endsAt } = this.#session;
    if (endsAt === null) return;
    this.#endsAt = endsAt;
    this.#notice.hidden = false;
    this.#spoken.textContent =
      `You will be signed out in ${secondsUntil(endsAt)} seconds. Press any key to stay signed in.`;
    this.tick();
  }

  /** Brings it up to date, every second and whenever the session changed: an end that has moved is none to warn of. */
  tick() {
    if (this.#endsAt === null) return;
    const { endsAt } = this.#session;
    // A clock that is put right moves it a little.
    if (endsAt === null || endsAt - this.#endsAt > 1500) this.#hide();
    else this.#seconds.textContent = String(secondsUntil(endsAt));
  }

  #hide() {
    this.#endsAt = null;
    this.#spoken.textContent = "";
    // A hidden button must not keep the focus, or the next key goes nowhere.
    if (this.#notice.contains(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true });
    this.#notice.hidden = true;
  }

  async #stay() {
    await this.#session.extend();
    this.tick();
  }
}
