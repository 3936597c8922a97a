/**
 * Makes an element. Attributes that are null, undefined or false are left out, functions under an
 * `on…` name become listeners. Strings among the children become text, never HTML.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Text that a person or another system wrote: any script, any direction. */
export function foreign(text, attributes = {}) {
  return el("span", { dir: "auto", ...attributes }, String(text));
}

let ids = 0;

/** An id that no other element of this page has. */
export function uniqueId(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}
