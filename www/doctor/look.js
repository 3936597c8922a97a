// Hidden frames, sent to Keycloak to see where they end. What Keycloak lets pass comes back to this origin, where the
// address can be read; its own pages cannot be framed, and their address cannot be read.

const DEADLINE = 6000;
/** A violation of the policy may be reported some time after the frame has loaded, and so may a message of the page in it. */
const LATER = 150;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function hiddenFrame(url, sandbox) {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.setAttribute("aria-hidden", "true");
  if (sandbox) frame.setAttribute("sandbox", sandbox);
  frame.src = url;
  return frame;
}

function loaded(frame) {
  return new Promise((resolve) => { frame.addEventListener("load", () => resolve(true), { once: true }); });
}

/** The address of a frame, or null where it is not ours to read. */
export function addressIn(frame) {
  try {
    const { href } = frame.contentWindow.location;
    return href.startsWith("http") ? href : null;
  } catch {
    return null;
  }
}

/** Whether the policy of this page forbids a frame meanwhile. */
async function watchingPolicy(work) {
  let blocked = false;
  const note = ({ effectiveDirective }) => { blocked ||= effectiveDirective === "frame-src"; };
  document.addEventListener("securitypolicyviolation", note);
  const result = await work();
  document.removeEventListener("securitypolicyviolation", note);
  return { ...result, blocked };
}

/** Where a frame without scripts ends: its address, or null. */
export function lookAt(url) {
  return watchingPolicy(async () => {
    const frame = hiddenFrame(url, "allow-same-origin");
    const arrived = loaded(frame);
    document.body.append(frame);
    const inTime = await Promise.race([arrived, pause(DEADLINE)]);
    if (inTime) await pause(LATER);
    const address = addressIn(frame);
    frame.remove();
    return { address, inTime: inTime === true };
  });
}

/** What one of Keycloak's pages for frames says to this one; null where it says nothing. */
export function listenTo(url, origin, patience) {
  return watchingPolicy(async () => {
    const frame = hiddenFrame(url);
    const told = new Promise((resolve) => {
      addEventListener("message", function hear(event) {
        if (event.origin !== origin || event.source !== frame.contentWindow) return;
        removeEventListener("message", hear);
        resolve(String(event.data));
      });
    });
    const arrived = loaded(frame).then(() => pause(patience)).then(() => null);
    document.body.append(frame);
    const word = await Promise.race([told, arrived, pause(DEADLINE).then(() => null)]);
    frame.remove();
    return { word };
  });
}

/** Where a page of ours in a frame ends that leaves for Keycloak: on `target`, or not within a time after Keycloak's page. */
export async function followFrame(url, end) {
  const target = end.split(/[?#]/u)[0];
  const frame = hiddenFrame(url);
  let away = 0;
  document.body.append(frame);
  for (let waited = 0; waited < 2 * DEADLINE; waited += 50) {
    await pause(50);
    const address = addressIn(frame);
    const path = address?.split(/[?#]/u)[0];
    if (path === target) break;
    away = address === null ? away + 50 : 0;
    if (away > DEADLINE / 2) break;
  }
  const there = addressIn(frame)?.split(/[?#]/u)[0] === target;
  frame.remove();
  return there;
}
