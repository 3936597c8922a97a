import { el, uniqueId } from "./el.js";
import { icon } from "./icon.js";

/** A button that shows and hides a list of commands; Escape, a click elsewhere or leaving it closes it. */
export function menu(label, entries) {
  const id = uniqueId("menu");
  const list = el("ul", { class: "menu-list", id, hidden: true }, entries.map((entry) => el("li", {}, entry)));
  const button = el(
    "button",
    { type: "button", class: "menu-button", "aria-expanded": "false", "aria-controls": id, "data-test": "menu" },
    label,
    icon("chevron"),
  );
  const root = el("div", { class: "menu" }, button, list);

  function open(yes) {
    list.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  }
  button.addEventListener("click", () => open(list.hidden));
  list.addEventListener("click", () => open(false));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    open(false);
    button.focus();
  });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) open(false);
  });
  return root;
}
