import { el, foreign } from "./el.js";
import { errorCard, remedyBox } from "./errors.js";
import { icon } from "./icon.js";
import { displayName, roleChips } from "./person.js";

const ENDED = {
  logged_out: ["You are logged out", "You have logged out here. See you next time."],
  logged_out_elsewhere: ["You are logged out", "You logged out in another tab or window, and that counts for this one too."],
  account_disabled: ["Your account is switched off", "It can no longer be used to sign in. Please ask your administrator if this is a surprise."],
  ended_by_keycloak: ["Your session was ended", "Keycloak or an administrator ended it. Nothing that you saved is lost."],
  revoked: ["Your session was ended", "An administrator ended all sessions that began earlier."],
  reuse_detected: ["Your session was ended", "A part of it was used twice, as a thief would. If this happens again, tell your administrator."],
  idle: ["You were away", "Nobody used this page for as long as your organisation allows."],
  max_age: ["Your session has expired", "It lasted as long as your organisation allows."],
  expired: ["Your session has expired", "It could not be continued."],
  replaced: ["Somebody else signed in", "Another account signed in in this browser and took the place of yours."],
  internal_error: ["Something broke", "The sign-in has an error of its own. You are still signed in: reload the page to go on."],
};

const NO_ACCESS_TITLES = {
  role_missing: "You may not enter here",
  customerid_missing: "Your account has no customer number",
  claim_missing: "Your account is incomplete",
};

function button(label, test, onclick, kind = "") {
  return el("button", { type: "button", class: `button ${kind}`, "data-test": test, onclick }, label);
}

/** A centred card with one message. */
function messageCard({ test, symbol, tone = "plain", title, heading = "h1", children }) {
  return el(
    "section",
    { class: "card message", "data-test": test },
    el("div", { class: `message-symbol message-${tone}` }, icon(symbol)),
    el(heading, { class: "message-title" }, title),
    children,
  );
}

/** While the session starts or the browser is about to leave for Keycloak. */
export function signingIn(sentence = "Signing you in …", { heading = "h1" } = {}) {
  return el(
    "section",
    { class: "skeleton", "data-test": "signing-in", "aria-busy": "true" },
    el(heading, { class: "skeleton-title" }, sentence),
    el("div", { class: "skeleton-block skeleton-short", "aria-hidden": "true" }),
    [1, 2, 3, 4].map(() =>
      el("div", { class: "card skeleton-row", "aria-hidden": "true" },
        el("div", { class: "skeleton-block skeleton-wide" }),
        el("div", { class: "skeleton-block skeleton-short" }))),
  );
}

/** Nobody is signed in. */
export function signedOut({ title, sentence, heading, onLogin }) {
  return messageCard({
    test: "signed-out",
    symbol: "account",
    title,
    heading,
    children: [el("p", {}, sentence), el("div", { class: "actions" }, button("Log in", "login", onLogin, "button-primary"))],
  });
}

/** There was a session, and it is over. */
export function ended({ reason, heading, onLogin }) {
  const [title, sentence] = ENDED[reason] ?? ["Your session has ended", "Please log in again to go on."];
  const onReload = () => location.reload();
  const reload = reason === "replaced" ? button("Go on as the other account", "reload", onReload) : null;
  const action = reason === "internal_error"
    ? button("Reload the page", "reload", onReload, "button-primary")
    : button("Log in again", "login", onLogin, "button-primary");
  return messageCard({
    test: "ended",
    symbol: reason === "account_disabled" ? "lock" : "door",
    tone: reason.startsWith("logged_out") ? "plain" : "warning",
    title,
    heading,
    children: [
      el("p", {}, sentence),
      el("div", { class: "actions" }, action, reload),
      el("p", { class: "reference" }, "Reason ", el("code", { "data-test": "ended-reason" }, reason)),
    ],
  });
}

/** Somebody is signed in but may not enter. */
export function noAccess({ user, roles, problem, heading, onSwitchUser, onLogout }) {
  const who = user
    ? el("div", {}, el("dt", {}, "Signed in as"), el("dd", {}, foreign(displayName(user)), " (", foreign(user.login), ")"))
    : null;
  const mail = user?.email
    ? el("div", {}, el("dt", {}, "E-mail"), el("dd", {}, foreign(user.email, { "data-test": "user-email" })))
    : null;
  const missing = problem.subject
    ? el("div", {}, el("dt", {}, "Missing"), el("dd", {}, foreign(problem.subject, { class: "chip chip-missing", "data-test": "problem-subject" })))
    : null;
  return messageCard({
    test: "no-access",
    symbol: "lock",
    tone: "warning",
    title: NO_ACCESS_TITLES[problem.code] ?? "You may not enter here",
    heading,
    children: [
      el("p", { dir: "auto", "data-test": "problem-sentence" }, problem.message),
      el("dl", { class: "details" }, who, mail, missing,
        el("div", {}, el("dt", {}, "Your roles"), el("dd", {}, roleChips(roles)))),
      remedyBox(problem.remedy),
      el("div", { class: "actions" },
        button("Switch user", "switch-user", onSwitchUser, "button-primary"),
        button("Log out", "logout", onLogout)),
      el("p", { class: "reference" }, "Code ", el("code", { "data-test": "problem-code" }, problem.code)),
    ],
  });
}

/** No session could be opened. `startOver` is the address that starts without a login. */
export function failed(error, { heading = "h1", again, startOver }) {
  const link = el("a", { class: "button", href: startOver, "data-test": "start-over" }, "Start over");
  return el("div", { class: "message-place" }, errorCard(error, { title: "Signing in did not work", heading, again, actions: [link] }));
}

/** The view for every status but `signed_in`, which is the page's own. */
export function stateView(session, { titles, heading, onLogin, onLogout, onSwitchUser }) {
  const { status } = session;
  switch (status.name) {
    case "signed_out":
      return signedOut({ ...titles, heading, onLogin });
    case "ended":
      return ended({ reason: status.reason, heading, onLogin });
    case "no_access":
      return noAccess({ user: status.user, roles: session.roles, problem: status.problem, heading, onLogout, onSwitchUser });
    default:
      return signingIn("Taking you to the sign-in page …", { heading });
  }
}

const SPOKEN = {
  signed_out: () => "Nobody is signed in.",
  signing_in: () => "Signing you in.",
  signed_in: (status) => `Signed in as ${displayName(status.user)}.`,
  no_access: (status) => status.problem.message,
  ended: (status) => (ENDED[status.reason] ?? ["Your session has ended"])[0] + ".",
};

/** One sentence about a status, for people who cannot see it. */
export function spokenStatus(status) {
  return SPOKEN[status.name]?.(status) ?? "";
}
