import { action } from "./action.js";

/** What a status is about. A view is built anew only when this changes, so that no input is lost. */
export function subjectOf({ status, user }) {
  return [status.name, status.reason, status.problem?.code, user?.id].join(" ");
}

/** Writes the session's events into the log of its panel and passes on changes and errors. */
export function watch(session, panel, { onChange, onExpiring, report }) {
  session.addEventListener("change", () => {
    panel.log("change", session.status.name);
    onChange();
  });
  session.addEventListener("ended", () => panel.log("ended", session.status.reason ?? session.status.name));
  session.addEventListener("expiring", () => {
    panel.log("expiring", `at ${new Date(session.endsAt).toLocaleTimeString("en-GB")}, unless it is used`);
    onExpiring();
  });
  session.addEventListener("error", (event) => {
    panel.log("error", event.detail.code);
    report(event.detail);
  });
}

/** What the buttons for entering and leaving do. */
export function handlers(session, report, returnTo) {
  return {
    onLogin: action(() => session.login(returnTo && { returnTo }), report),
    onLogout: action(() => session.logout(), report),
    onSwitchUser: action(() => session.logout({ switchUser: true }), report),
  };
}
