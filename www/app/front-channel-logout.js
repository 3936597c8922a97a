import { connect } from "./connect.js";

/** Keycloak's page waits for this one no longer than that, ms. */
const LIMIT = 3000;

/** How long it takes at the most to tell the tabs, ms. */
const TELLING = 300;

/** Keeps this page loading until `work` is done: once it is loaded, Keycloak's page around it goes on, and this one is gone. */
async function loadingDuring(work) {
  const image = new Image();
  let count = 0;
  // No page is loaded while an image of it is not. An address of its own for each, or it comes from memory at once.
  const next = () => { image.src = `/icon.svg?${++count}`; };
  const stop = () => { image.onload = image.onerror = null; };
  image.onload = image.onerror = next;
  next();
  setTimeout(stop, LIMIT);
  await work().finally(stop);
}

/**
 * Somebody has logged out at Keycloak, says who opened this page. Only Keycloak knows whether that is true: it refuses to
 * refresh a session that it has ended, and then every tab learns of the end. If it is not true, nothing happens.
 */
async function look() {
  const name = new URLSearchParams(location.search).get("interface") ?? "agent";
  const session = await connect({ interface: name, onLoad: "none" });
  if (session.status.name !== "signed_in") return;
  await session.getToken({ fresh: true }).catch(() => {});
  // The end is stored, and the tabs are told, only after the refusal.
  if (session.status.name === "ended") await new Promise((resolve) => { setTimeout(resolve, TELLING); });
  session.close();
}

// Only Keycloak may have this page in a frame, and nobody else needs it.
if (window.parent !== window) loadingDuring(look).catch(() => {});
