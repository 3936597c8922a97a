import { BY_FRAME, checkRequests, checkTokens } from "./client.js";
import { Findings } from "./findings.js";
import { followFrame } from "./look.js";
import { checkLogin, checkToken, openSession } from "./person.js";
import { checkClock, checkFraming, checkPolicy, checkSecure, checkStorage, checkWasm } from "./place.js";
import { checkCookies, checkDiscovery, checkReach, tellVersion } from "./server.js";
import { addressOf, fillForm, HERE, keepSettings, readSettings } from "./settings.js";
import { View } from "./view.js";

const blocked = new Set();
document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => blocked.add(effectiveDirective));

/** Whether the package can run at all: without it nobody can be signed in here. */
const runs = (findings) => !["policy", "wasm", "storage", "framing"].some((id) => findings.is(id, "red"));

async function examineServer(findings, settings) {
  const metadata = await checkReach(findings, settings, blocked);
  tellVersion(findings);
  if (!metadata) {
    const why = findings.is("realm", "red") ? "there is no such realm." : "Keycloak cannot be asked.";
    findings.unchecked(["reach", "realm", "issuer", "discovery", "cookies", "client", "web_origin", "direct_grants", ...BY_FRAME], why);
    return false;
  }
  checkDiscovery(findings, settings, metadata);
  await checkCookies(findings, settings);
  await checkTokens(findings, settings);
  await checkRequests(findings, settings);
  findings.unchecked(["direct_grants"], "Keycloak's answer cannot be read.");
  return true;
}

async function examineLogin(findings, settings, ahead, opened) {
  if (!runs(findings)) {
    findings.unchecked(["login"], "the package cannot run on this page.");
    return null;
  }
  const session = checkLogin(findings, settings, opened ?? await openSession(settings));
  await checkToken(findings, settings, session, ahead);
  return session;
}

/** Makes all checks; gives the session, if there is one to log in with. `opened` is what came of it already. */
async function examine(findings, settings, opened) {
  checkSecure(findings);
  checkFraming(findings);
  await checkStorage(findings);
  const ahead = await checkClock(findings);
  await checkWasm(findings, settings);
  const reached = await examineServer(findings, settings);
  await checkPolicy(findings, blocked);
  const session = reached ? await examineLogin(findings, settings, ahead, opened) : null;
  findings.unchecked(["login", "role", "claims", "dpop", "web_origin_wildcard", "lifetime", "server_clocks"], "nobody can be signed in here.");
  findings.unchecked(["post_logout"], "only a log-out shows it.");
  findings.amber("unseen", "Users' profile, deletable attributes, rights of otrs-api, other clients.", "npm run realm-check compares a whole server with the realm files.");
  return session;
}

/** Leaves for Keycloak's form, and comes back here. */
async function logIn(session, settings) {
  keepSettings(settings);
  await session.login({ returnTo: addressOf(settings) });
}

/** Ends the session, in a frame, to see whether Keycloak comes back to the address registered for that. */
async function checkLogout(findings, settings) {
  keepSettings(settings);
  const there = await followFrame("logout.html", settings.logout);
  if (there) findings.green("post_logout", `Keycloak comes back to ${settings.logout}.`);
  else findings.red("post_logout", "post_logout_refused");
}

function nextSteps(view, findings, settings, session) {
  if (!session) return [];
  if (!session.user) return [["Make a test login", "login", () => logIn(session, settings)]];
  const logOut = async () => {
    await checkLogout(findings, settings);
    view.finish(findings, []);
  };
  return [["Check the log-out (ends this session)", "check-logout", logOut]];
}

async function start() {
  const { settings, begin, returned } = await readSettings();
  fillForm(document.querySelector("form"), settings);
  if (!begin) {
    document.body.dataset.status = "ready";
    return;
  }
  const view = new View(settings);
  const findings = new Findings(settings, (finding) => view.show(finding));
  document.getElementById("findings").replaceChildren(view.root);
  // A login that succeeded goes on to the address with the settings in it, and everything is examined there.
  const opened = returned ? await openSession(settings) : null;
  const session = await examine(findings, settings, opened);
  view.finish(findings, nextSteps(view, findings, settings, session));
  document.body.dataset.status = "done";
}

// Not in a frame of its own: after a log-out Keycloak comes back to this page there.
if (!window.frameElement) start();
