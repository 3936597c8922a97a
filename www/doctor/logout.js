// In a hidden frame of the doctor: leaves it for Keycloak's log-out, so that the doctor sees where that ends.

import { createSession } from "/otrs-auth/index.js";
import { readSettings, sessionOptions } from "./settings.js";

async function leave() {
  const { settings } = await readSettings();
  const session = await createSession(sessionOptions(settings));
  await session.logout();
}

// By itself this page does nothing: nobody else is to end a session by it.
if (window.frameElement) leave().catch(() => {});
