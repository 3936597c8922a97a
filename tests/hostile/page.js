// The front end of the hostile tests: options in the path, what came of them in `window.page`.
import { AuthError, createSession } from "/otrs-auth/index.js";

const decoded = atob(location.pathname.split("/")[2].replaceAll("-", "+").replaceAll("_", "/"));
const { clock, ...options } = JSON.parse(decoded);
const began = performance.now();
const page = { createSession, AuthError, options, events: [], settled: null, session: null };
window.page = page;

const settled = (result) => {
  page.settled = { ...result, ms: Math.round(performance.now() - began) };
  if (window.top !== window) window.top.postMessage(page.settled, "*");
};

createSession(options).then(
  (session) => {
    page.session = session;
    for (const type of ["change", "ended", "error"]) {
      session.addEventListener(type, (event) => page.events.push([type, event.detail?.code ?? session.status.name]));
    }
    settled({ status: session.status.name });
  },
  (error) => {
    page.error = error;
    settled({ code: error.code, subject: error.subject, ours: error instanceof AuthError });
  },
);
