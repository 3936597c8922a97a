import { runBusy } from "./action.js";
import { callApi } from "./api.js";
import { el, uniqueId } from "./el.js";
import { explain } from "./errors.js";

/** The form that adds a note; what was typed stays until the service desk has taken it. */
export function noteForm(session, path, onAdded) {
  const id = uniqueId("note");
  const problemId = uniqueId("problem");
  const text = el("textarea", { id, rows: "4", name: "text", dir: "auto", "data-test": "note-text" });
  const problem = el("div", { id: problemId, role: "alert", class: "field-problem" });

  function report(error) {
    if (!error) {
      text.removeAttribute("aria-invalid");
      text.removeAttribute("aria-describedby");
      problem.replaceChildren();
      return;
    }
    const said = explain(error);
    text.setAttribute("aria-invalid", "true");
    text.setAttribute("aria-describedby", problemId);
    problem.replaceChildren(
      el("p", { dir: "auto" }, `${said.title}. ${said.sentence} Your text is still here.`),
      el("p", { class: "reference" }, "Code ", el("code", { "data-test": "error-code" }, said.code)),
    );
  }

  async function send() {
    await callApi(session, path, { body: { text: text.value } });
    text.value = "";
    onAdded();
  }

  return el(
    "form",
    {
      class: "note-form",
      "data-test": "note-form",
      onsubmit: (event) => {
        event.preventDefault();
        runBusy(event.currentTarget, send, report);
      },
    },
    el("label", { for: id }, "Add a note"),
    text,
    problem,
    el("div", { class: "actions" },
      el("button", { type: "submit", class: "button button-primary", "data-test": "note-send" }, "Save note"),
      el("p", { class: "quiet" }, "Only agents see notes.")),
  );
}
