import { AuthError } from "./index.js";
import { CODES } from "./mock-codes.js";

/** The address of the page; tests may run where there is none. */
export const page = () => globalThis.location?.href ?? "http://localhost/";

/** The error that the real session would make of this. */
export function mockError(code, subject, { authority, realm, clientId }) {
  if (!Object.hasOwn(CODES, code)) throw new TypeError(`otrs-auth has no error code "${code}".`);
  const [retryable, message, template] = CODES[code];
  const url = page().split(/[?#]/)[0];
  const values = { s: subject, r: realm, c: clientId, a: authority, i: `${authority}/realms/${realm}`, u: url, o: new URL(url).origin };
  const filled = (text) => text?.replaceAll(/\{(\w)\}/g, (_, letter) => values[letter] ?? "");
  // Of a session's end only this one can be undone.
  const hopeless = code === "session_ended" && subject !== "account_disabled";
  return new AuthError(code, filled(message), subject, hopeless ? null : filled(template), retryable);
}
