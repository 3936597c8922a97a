import { createSession } from "otrs-auth";

const { authority, page, ready, failed } = window.bench;
createSession({ authority, interface: "agent", redirectUri: page }).then((session) => {
  ready(session.status.name === "signed_in" ? "signed_in" : "anonymous", {
    login: () => session.login(),
    token: () => session.getToken(),
    refresh: () => session.getToken({ fresh: true }),
    logout: () => session.logout(),
  });
}, failed);
