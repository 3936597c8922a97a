import { el, foreign } from "./el.js";

/** The name to show: the full name, or the login where Keycloak has none. */
export function displayName(user) {
  return user.name || user.login || user.id;
}

/** First letters of the first and the last word, in whatever script the name is. */
export function initials(name) {
  const letters = name
    .split(/\s+/u)
    .map((word) => word.match(/[\p{L}\p{N}]/u)?.[0])
    .filter(Boolean);
  const chosen = letters.length > 1 ? [letters[0], letters.at(-1)] : letters;
  return chosen.join("").toLocaleUpperCase() || "?";
}

/** A round badge with the initials; decoration beside the name. */
export function avatar(name) {
  return el("span", { class: "avatar", "aria-hidden": "true", dir: "auto" }, initials(name));
}

/** One chip for each role, with its exact name. */
export function roleChips(roles) {
  if (roles.length === 0) return el("p", { class: "quiet", "data-test": "no-roles" }, "No roles");
  return el("ul", { class: "chips" }, roles.map((role) => el("li", {}, foreign(role, { class: "chip", "data-test": "role" }))));
}
