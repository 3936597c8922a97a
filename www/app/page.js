import { action } from "./action.js";
import { connect } from "./connect.js";
import { el } from "./el.js";
import { Ending } from "./ending.js";
import { here, startRouter } from "./router.js";
import { SessionPanel } from "./session-panel.js";
import { Shell } from "./shell.js";
import { failed, signingIn, spokenStatus, stateView } from "./states.js";
import { handlers, subjectOf, watch } from "./watch.js";

/** The part of the address that decides which view is shown. */
function addressOfView() {
  return here().split("#")[0];
}

/**
 * Runs the page of one interface. `view` builds the content for somebody who is signed in and gets
 * `{ session, panel, signal }`; it answers with `{ title, root }`.
 */
export class Page {
  #options;
  #shell;
  #session = null;
  #panel = null;
  #ending = null;
  #subject = null;
  #address = null;
  #life = new AbortController();
  #report = (error, again) => this.#shell.report(error, again);

  constructor(options) {
    this.#options = options;
    this.#shell = new Shell(options);
    startRouter(options.home, () => this.#moved());
  }

  /** Shows the frame and opens the session. */
  start() {
    this.#shell.mount();
    setInterval(() => this.#tick(), 1000);
    // The way back from Keycloak's form can show this page as it was when it was left.
    addEventListener("pageshow", (event) => event.persisted && this.#rebuild());
    return this.#open();
  }

  /** Where Keycloak sends the browser after a log-out: nobody is asked to log in there unasked. */
  get #goodbye() {
    return `${this.#options.home}signed-out`;
  }

  /** `byHand`: how somebody asked for a login; that is none of the automatic ones, which come to an end after two. */
  async #open(byHand) {
    const { home, interface: name } = this.#options;
    const onLoad = location.pathname === this.#goodbye ? "none" : this.#options.onLoad;
    const logIn = byHand !== undefined && onLoad === "login";
    this.#address = addressOfView();
    this.#shell.setLocation();
    this.#shell.setStatus("starting");
    this.#shell.show("Signing in", signingIn());
    try {
      this.#session = await connect({
        interface: name,
        redirectUri: location.origin + home,
        postLogoutRedirectUri: location.origin + this.#goodbye,
        onLoad: logIn ? "none" : onLoad,
      });
    } catch (error) {
      this.#address = addressOfView();
      this.#shell.setLocation();
      this.#shell.setStatus("failed");
      const again = () => this.#open({ returnTo: error.returnTo ?? byHand?.returnTo });
      this.#shell.show("Sign-in failed", failed(error, { again, startOver: `${home}?onLoad=none` }));
      this.#shell.announce("Signing in did not work.");
      return;
    }
    window.otrsAuthDemo = { session: this.#session };
    this.#panel = new SessionPanel(this.#session, { report: this.#report });
    this.#ending = new Ending(this.#session, { report: this.#report });
    this.#shell.setNotice(this.#ending.root);
    watch(this.#session, this.#panel, {
      onChange: () => this.#changed(),
      onExpiring: () => this.#ending.show(),
      report: this.#report,
    });
    this.#changed();
    if (logIn && this.#session.status.name === "signed_out") this.#logIn(byHand);
  }

  #logIn(options) {
    this.#session.login(options).catch((error) => this.#report(error, () => this.#logIn(options)));
  }

  #tick() {
    this.#panel?.tick();
    this.#ending?.tick();
  }

  #changed() {
    const session = this.#session;
    if (session.status.name === "signed_in" && location.pathname === this.#goodbye) {
      history.replaceState(null, "", this.#options.home);
    }
    this.#shell.setLocation();
    this.#shell.setStatus(session.status.name);
    this.#shell.setConnected(session.connected);
    this.#shell.setPerson(session.user, session.status.name === "signed_in" ? this.#entries() : null);
    this.#panel.update();
    this.#ending.tick();
    if (subjectOf(session) !== this.#subject) this.#rebuild();
  }

  #moved() {
    this.#shell.setLocation();
    if (addressOfView() === this.#address) return;
    if (!this.#session) {
      location.reload();
      return;
    }
    const top = location.pathname !== this.#address.split("?")[0];
    this.#rebuild({ focus: true, top });
  }

  #rebuild(how) {
    const session = this.#session;
    if (!session) return;
    this.#life.abort();
    this.#life = new AbortController();
    this.#subject = subjectOf(session);
    this.#address = addressOfView();
    this.#report(null);
    this.#shell.announce(spokenStatus(session.status));
    if (session.status.name !== "signed_in") {
      this.#shell.show(session.status.name === "no_access" ? "No access" : "Signed out", this.#state(), how);
      return;
    }
    const { title, root } = this.#options.view({
      session,
      panel: this.#panel.root,
      signal: this.#life.signal,
    });
    this.#shell.show(title, root, how);
  }

  #state() {
    const returnTo = location.pathname === this.#goodbye ? this.#options.home : undefined;
    return stateView(this.#session, {
      titles: this.#options.signedOut,
      ...handlers(this.#session, this.#report, returnTo),
    });
  }

  #entries() {
    const session = this.#session;
    const { onLogout, onSwitchUser } = handlers(session, this.#report);
    const command = (label, test, onclick) => el("button", { type: "button", "data-test": test, onclick }, label);
    return [
      command("Refresh token now", "menu-refresh", action(() => this.#panel.refresh(), this.#report)),
      el("a", { href: session.accountUrl(), "data-test": "account" }, "Account pages"),
      command("Switch user", "switch-user", onSwitchUser),
      command("Log out", "logout", onLogout),
    ];
  }
}
