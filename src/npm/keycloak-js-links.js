// Addresses that begin a login or a log-out when they are opened. The session leaves for Keycloak by itself, and for
// good reasons nobody else gets to see the address that it leaves for. So these lead to this page, which then does what
// was kept under a name that only this browser knows: nobody else can make such a link.
const PARAMETER = "otrs-auth-link";
const PREFIX = "otrs-auth.keycloak-js.link.";
const LIFETIME = 3_600_000;
const IN_ADDRESS = new RegExp(`[?&]${PARAMETER}=([\\w-]+)`);

function forgetOld(now) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    if (!(JSON.parse(localStorage.getItem(key)).until > now)) localStorage.removeItem(key);
  }
}

/** An address of this page that does `what`, once. */
export function deferred(what) {
  const now = Date.now();
  forgetOld(now);
  const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  localStorage.setItem(PREFIX + name, JSON.stringify({ ...what, until: now + LIFETIME }));
  const [address, ...fragment] = window.location.href.split("#");
  const query = `${address.includes("?") ? "&" : "?"}${PARAMETER}=${name}`;
  return [address + query, ...fragment].join("#");
}

/** What the address of this page is to do, which then does not say so any more; `null` if it is just an address. */
export function takeDeferred() {
  const { pathname, search, hash } = window.location;
  const name = IN_ADDRESS.exec(search)?.[1];
  if (!name) return null;
  const rest = search.replace(IN_ADDRESS, "").replace(/^&/, "?");
  window.history.replaceState(window.history.state, "", window.location.origin + pathname + rest + hash);
  const kept = localStorage.getItem(PREFIX + name);
  localStorage.removeItem(PREFIX + name);
  const what = kept && JSON.parse(kept);
  return what?.until > Date.now() ? what : null;
}

/** The options of keycloak-js's login in the words of the session. */
export function loginOptions({ action, acr, acrValues, prompt, maxAge, loginHint, idpHint, locale }, redirectUri) {
  const register = action === "register";
  return {
    returnTo: redirectUri,
    prompt: register ? "create" : prompt,
    action: register ? undefined : action,
    acr: acr?.values.join(" ") ?? acrValues,
    maxAge,
    loginHint,
    idpHint,
    locale,
  };
}
