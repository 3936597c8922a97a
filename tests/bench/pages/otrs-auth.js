import { createSession } from "otrs-auth";

const { authority, page, ready, failed } = window.bench;
// The others ask Keycloak silently whether somebody is signed in; this does, too, on its second page.
const onLoad = page.includes("-check") ? "check" : "none";
const create = () => createSession({ authority, interface: "agent", redirectUri: page, onLoad });
create().then((session) => {
  ready(session.status.name === "signed_in" ? "signed_in" : "anonymous", {
    login: () => session.login(),
    token: () => session.getToken(),
    refresh: () => session.getToken({ fresh: true }),
    logout: () => session.logout(),
    close: () => session.close(),
    again: async () => void (session = await create()),
  });
}, failed);
