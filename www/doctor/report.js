import { CHECKS } from "./findings.js";

const MARKS = { green: "ok   ", amber: "LOOK ", red: "FAULT" };

function line({ level, title, sentence, remedy }) {
  return [`${MARKS[level]} ${title}: ${sentence}`, ...(remedy && level !== "green" ? [`      ${remedy}`] : [])].join("\n");
}

/** What to send to whoever helps. It holds settings, roles and names of claims; no token, no code, nobody's name. */
export function reportText(settings, findings) {
  return [
    `otrs-auth doctor, ${new Date().toISOString()}`,
    `Keycloak ${settings.authority}, realm ${settings.realm}, client ${settings.client}, role ${settings.role}, dpop ${settings.dpop}`,
    `Page ${location.origin}, redirect URI ${settings.redirect}, post-logout ${settings.logout}`,
    navigator.userAgent,
    "",
    ...findings.all().map(line),
    `${findings.all().length} of ${Object.keys(CHECKS).length} checks`,
  ].join("\n");
}
