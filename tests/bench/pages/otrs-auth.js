import { createSession } from "otrs-auth";

const { authority, page, ready, failed } = window.bench;
const create = () => createSession({ authority, interface: "agent", redirectUri: page });
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
