import { connect } from "./connect.js";
import { customerCard } from "./customer-card.js";
import { el, foreign } from "./el.js";
import { Ending } from "./ending.js";
import { errorCard } from "./errors.js";
import { avatar, displayName } from "./person.js";
import { SessionPanel } from "./session-panel.js";
import { Shell, offlineBanner } from "./shell.js";
import { failed, signingIn, spokenStatus, stateView } from "./states.js";
import { handlers, subjectOf, watch } from "./watch.js";

const HOME = "/both/";

const SIDES = {
  agent: {
    title: "Agent",
    realm: "otrs-agents",
    signedOut: { title: "No agent is signed in", sentence: "This side asks the agents' realm." },
  },
  customer: {
    title: "Customer",
    realm: "otrs-customer-users",
    signedOut: { title: "No customer is signed in", sentence: "This side asks the customers' realm." },
  },
};

/** One of the two sessions, with everything that can happen to it. */
class Side {
  #name;
  #about;
  #session = null;
  #panel = null;
  #ending = null;
  #status = el("span", { class: "pill", "data-test": "status" });
  #place = el("div", { class: "stack" });
  #banner = el("div", { role: "status" });
  #notice = el("div");
  #errors = el("div", { role: "alert", class: "errors" });
  #spoken = el("p", { class: "visually-hidden", role: "status" });
  #shown = null;
  #report = (error, again) => this.#errors.replaceChildren(...(error ? [errorCard(error, { heading: "h3", again })] : []));
  root;

  constructor(name) {
    this.#name = name;
    this.#about = SIDES[name];
    const id = `side-${name}`;
    this.root = el(
      "section",
      { class: `side-session theme-${name}`, "aria-labelledby": id, "data-test": `side-${name}` },
      el("div", { class: "side-head" },
        el("div", {}, el("h2", { id }, this.#about.title), el("p", { class: "quiet" }, "Realm ", el("code", {}, this.#about.realm))),
        this.#status),
      this.#spoken, this.#banner, this.#notice, this.#errors, this.#place,
    );
  }

  /** Opens the session, or shows why that did not work. */
  async open() {
    this.#setStatus("starting");
    this.#place.replaceChildren(signingIn("Looking for a session …", { heading: "h3" }));
    try {
      this.#session = await connect({ interface: this.#name, redirectUri: location.origin + HOME, onLoad: "none" });
    } catch (error) {
      this.#setStatus("failed");
      this.#place.replaceChildren(failed(error, { heading: "h3", again: () => this.open(), startOver: HOME }));
      return;
    }
    window.otrsAuthDemo = { ...window.otrsAuthDemo, [this.#name]: this.#session };
    this.#panel = new SessionPanel(this.#session, { heading: "h3", title: `Session of the ${this.#name}`, report: this.#report });
    this.#ending = new Ending(this.#session, { report: this.#report });
    this.#notice.replaceChildren(this.#ending.root);
    watch(this.#session, this.#panel, {
      onChange: () => this.#changed(),
      onExpiring: () => this.#ending.show(),
      report: this.#report,
    });
    this.#changed();
  }

  tick() {
    this.#panel?.tick();
    this.#ending?.tick();
  }

  #setStatus(name) {
    this.#status.textContent = name;
    this.#status.className = `pill ${name === "signed_in" ? "pill-good" : ""}`;
    this.root.dataset.status = name;
  }

  #changed() {
    const { status, connected } = this.#session;
    this.#setStatus(status.name);
    this.#spoken.textContent = `${this.#about.title}: ${spokenStatus(status)}`;
    this.#panel.update();
    this.#ending.tick();
    if (connected !== (this.#banner.childElementCount === 0)) this.#banner.replaceChildren(...(connected ? [] : [offlineBanner()]));
    const shown = subjectOf(this.#session);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#report(null);
    this.#place.replaceChildren(status.name === "signed_in" ? this.#signedIn() : this.#state());
  }

  #state() {
    return stateView(this.#session, { titles: this.#about.signedOut, heading: "h3", ...handlers(this.#session, this.#report) });
  }

  #signedIn() {
    const { user, customer } = this.#session;
    const { onLogout, onSwitchUser } = handlers(this.#session, this.#report);
    const name = displayName(user);
    return el(
      "div",
      { class: "stack" },
      el("div", { class: "card who" },
        avatar(name),
        el("p", { class: "who-text" },
          foreign(name, { class: "person-name", "data-test": "user-name" }),
          foreign(user.login, { class: "person-login", "data-test": "user-login" })),
        el("div", { class: "actions" },
          el("button", { type: "button", class: "button", "data-test": "switch-user", onclick: onSwitchUser }, "Switch user"),
          el("button", { type: "button", class: "button", "data-test": "logout", onclick: onLogout }, "Log out"))),
      customer ? customerCard(customer, { heading: "h3" }) : null,
      this.#panel.root,
    );
  }
}

async function start() {
  const shell = new Shell({ brand: "Both interfaces", badge: null, home: HOME, facts: false });
  const sides = [new Side("agent"), new Side("customer")];
  shell.show("Two sessions, one origin", el(
    "div",
    { class: "stack" },
    el("div", { class: "page-head" },
      el("h1", {}, "Two sessions, one origin"),
      el("p", { class: "quiet" }, "Each side has its own realm. Logging out of one leaves the other as it is.")),
    el("div", { class: "sides" }, sides.map((side) => side.root)),
  ));
  shell.mount();
  setInterval(() => sides.forEach((side) => side.tick()), 1000);
  await Promise.all(sides.map((side) => side.open()));
  shell.setLocation();
  document.body.dataset.status = "ready";
}

start();
