/**
 * A click handler that runs one task at a time: the button shows that it is busy and keeps the focus,
 * and what goes wrong is handed to `report` together with a way to try again.
 */
export function action(task, report) {
  return async function run(event) {
    const button = event.currentTarget;
    await runBusy(button, task, report);
  };
}

/** Runs the task while the element shows that it is busy. */
export async function runBusy(element, task, report) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  report(null);
  try {
    await task();
  } catch (error) {
    report(error, () => runBusy(element, task, report));
  } finally {
    element.removeAttribute("aria-busy");
  }
}
