const SDK = "/otrs-auth/index.js";
const MODES = ["none", "check", "login"];

/** What the server of this demo says about its Keycloak. */
async function readConfig() {
  const answer = await fetch("/config.json", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for /config.json.`);
  return answer.json();
}

/** Opens the session of one interface; rejects with otrs-auth's own error where it is one. */
export async function connect(options) {
  const [{ createSession }, config] = await Promise.all([import(SDK), readConfig()]);
  const shared = { authority: config.authority };
  if (config.allowInsecureHttp !== undefined) shared.allowInsecureHttp = config.allowInsecureHttp;
  return createSession({ ...shared, ...options });
}

/** The mode that the address asks for with `?onLoad=`, otherwise the given one. */
export function onLoadFromAddress(otherwise) {
  const asked = new URLSearchParams(location.search).get("onLoad");
  return MODES.includes(asked) ? asked : otherwise;
}
