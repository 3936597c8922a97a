import { errorCard } from "./errors.js";
import { loadingList } from "./tickets.js";

/**
 * Fills `place` with what `build` makes of the answer of `read`: first a skeleton, then the content or
 * a card that says what went wrong, under a `heading` of the given level. Does nothing more once `signal` says that the view is gone.
 */
export async function load(place, { read, build, signal, heading = "h2" }) {
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(loadingList());
  try {
    const answer = await read();
    if (!signal.aborted) place.replaceChildren(build(answer));
  } catch (error) {
    if (!signal.aborted) place.replaceChildren(errorCard(error, { heading, again: () => load(place, { read, build, signal, heading }) }));
  } finally {
    place.removeAttribute("aria-busy");
  }
}
