import { el, foreign } from "./el.js";
import { errorCard } from "./errors.js";
import { icon } from "./icon.js";
import { menu } from "./menu.js";
import { avatar, displayName } from "./person.js";
import { here } from "./router.js";

/** What people read about a session that Keycloak cannot be asked about. */
export function offlineBanner() {
  return el(
    "div",
    { class: "banner", "data-test": "offline" },
    icon("offline"),
    el("p", {},
      el("strong", {}, "Keycloak cannot be reached; you can go on working. "),
      "Your session is kept and checked again by itself as soon as Keycloak answers."),
  );
}

/**
 * The frame around every view: header with the signed-in person, banner, place for errors, main part
 * and the line at the foot that says where the session stands.
 */
export class Shell {
  #person = el("div", { class: "header-person" });
  #banner = el("div", { role: "status", class: "banner-place" });
  #errors = el("div", { role: "alert", class: "errors" });
  #main = el("main", { id: "main", tabindex: "-1" });
  #spoken = el("p", { class: "visually-hidden", role: "status", "data-test": "announcement" });
  #status = el("code", { "data-test": "status" });
  #connection = el("code", { "data-test": "connection" });
  #location = el("code", { "data-test": "location-now", dir: "ltr" });
  #notice = el("div");
  #brand;
  #connected = null;
  #shownUser;

  /** `facts: false` leaves out the line about the session, for a page that has more than one. */
  constructor({ brand, badge, home, facts = true }) {
    this.#brand = brand;
    const header = el(
      "header",
      { class: "header" },
      el(
        "div",
        { class: "header-inner" },
        el(
          "a",
          { class: "brand", href: home },
          el("span", { class: "brand-mark" }, icon("ticket")),
          el("span", { class: "brand-name" }, brand),
          badge ? el("span", { class: "brand-badge" }, badge) : null,
        ),
        this.#person,
      ),
    );
    const footer = el(
      "footer",
      { class: "footer" },
      el("p", {}, "A demo of otrs-auth. The tickets are made up. ", el("a", { href: "/" }, "All demo pages")),
      el("dl", { class: "facts" },
        facts && el("div", {}, el("dt", {}, "Session"), el("dd", {}, this.#status)),
        facts && el("div", {}, el("dt", {}, "Keycloak"), el("dd", {}, this.#connection)),
        el("div", {}, el("dt", {}, "Address"), el("dd", {}, this.#location))),
    );
    this.root = el(
      "div",
      { class: "shell" },
      el("a", { class: "skip", href: "#main" }, "Skip to the content"),
      header,
      this.#banner,
      this.#spoken,
      this.#notice,
      el("div", { class: "content" }, this.#errors, this.#main),
      footer,
    );
    this.setConnected(null);
  }

  /** Puts the frame into the page, in place of what the HTML showed while loading. */
  mount() {
    document.getElementById("app").replaceWith(this.root);
  }

  /** Shows a view; `focus` moves the keyboard there, after a click on a link, and `top` scrolls up. */
  show(title, view, { focus = false, top = false } = {}) {
    document.title = `${title} · ${this.#brand}`;
    this.#main.replaceChildren(view);
    if (focus) this.#main.focus({ preventScroll: true });
    if (top) scrollTo(0, 0);
  }

  /** Says a sentence to people who cannot see the change. */
  announce(sentence) {
    if (this.#spoken.textContent !== sentence) this.#spoken.textContent = sentence;
  }

  /** Shows an error above the view, or takes it away with `null`. */
  report(error, again) {
    if (!error) {
      this.#errors.replaceChildren();
      return;
    }
    const close = el("button", { type: "button", class: "button", onclick: () => this.report(null) }, "Dismiss");
    this.#errors.replaceChildren(errorCard(error, { again, actions: [close] }));
    this.#errors.scrollIntoView({ block: "nearest" });
  }

  /** Writes the status where tests and support look for it. */
  setStatus(name) {
    this.#status.textContent = name;
    document.body.dataset.status = name;
  }

  /** Shows the banner while Keycloak is away; `null`: there is no session that could tell. */
  setConnected(connected) {
    this.#connection.textContent = { true: "connected", false: "unreachable" }[connected] ?? "unknown";
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#banner.replaceChildren(...(connected === false ? [offlineBanner()] : []));
  }

  /** Puts a notice into its place, before the content. */
  setNotice(notice) {
    this.#notice.replaceChildren(notice);
  }

  /** Writes down the address of this moment. */
  setLocation() {
    this.#location.textContent = here();
  }

  /** Shows who is signed in, with a menu where there are entries for one. */
  setPerson(user, entries) {
    const key = user && JSON.stringify([user.id, user.name, user.login, entries !== null]);
    if (key === this.#shownUser) return;
    this.#shownUser = key;
    if (!user) {
      this.#person.replaceChildren();
      return;
    }
    const name = displayName(user);
    const label = [
      avatar(name),
      el("span", { class: "person" },
        foreign(name, { class: "person-name", "data-test": "user-name" }),
        foreign(user.login, { class: "person-login", "data-test": "user-login" })),
    ];
    this.#person.replaceChildren(entries ? menu(label, entries) : el("div", { class: "person-plain" }, label));
  }
}
