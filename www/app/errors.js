import { el, foreign } from "./el.js";
import { icon } from "./icon.js";

/** An answer of the service desk's REST API that is not a success. */
export class ApiError extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.name = "ApiError";
    this.status = status;
  }
}

const API_TITLES = {
  401: "The service desk does not accept your sign-in",
  403: "You may not do this",
  404: "There is nothing here",
  422: "The service desk cannot use this input",
};

/** Turns whatever was thrown into what a person can read. */
export function explain(error) {
  if (error?.name === "AuthError") {
    return {
      title: "There is a problem with your session",
      sentence: error.message,
      code: error.code,
      subject: error.subject,
      remedy: error.remedy,
      retryable: error.retryable,
    };
  }
  if (error instanceof ApiError) {
    return {
      title: API_TITLES[error.status] ?? "The service desk answered with an error",
      sentence: error.message,
      code: `http_${error.status}`,
      remedy: null,
      retryable: error.status >= 500,
    };
  }
  if (error instanceof TypeError) {
    return {
      title: "The server cannot be reached",
      sentence: "No answer came. Check the network, then try again.",
      code: "network",
      remedy: null,
      retryable: true,
    };
  }
  return {
    title: "Something went wrong",
    sentence: error?.message || "There is no further description.",
    code: "unexpected",
    remedy: null,
    retryable: true,
  };
}

/** What an administrator can do, where there is something to do. */
export function remedyBox(remedy) {
  if (!remedy) return null;
  return el(
    "div",
    { class: "remedy" },
    el("p", { class: "remedy-title" }, "What an administrator can do"),
    el("p", { "data-test": "error-remedy", dir: "auto" }, remedy),
  );
}

/** The code for a support call, and what the error is about where it says so. */
function reference({ code, subject }) {
  return el(
    "p",
    { class: "reference" },
    "Code ",
    el("code", { "data-test": "error-code" }, code),
    subject ? [" about ", foreign(subject, { class: "code", "data-test": "error-subject" })] : null,
  );
}

/**
 * A card that says what went wrong. `again` is offered where trying again can help, `actions` are
 * further buttons; `title` replaces the usual one and `heading` its level.
 */
export function errorCard(error, { title, heading = "h2", again, actions = [] } = {}) {
  const said = explain(error);
  // What came to an end by itself may go on by hand.
  const retry = again && (said.retryable || said.code === "login_loop")
    ? el("button", { type: "button", class: "button", "data-test": "retry", onclick: again }, "Try again")
    : null;
  return el(
    "section",
    { class: "card notice notice-error", "data-test": "error" },
    icon("alert"),
    el(
      "div",
      { class: "notice-text" },
      el(heading, { class: "notice-title" }, title ?? said.title),
      el("p", { dir: "auto" }, said.sentence),
      remedyBox(said.remedy),
      reference(said),
      retry || actions.length > 0 ? el("div", { class: "actions" }, retry, actions) : null,
    ),
  );
}
