/** The address that counts for a view, as the address bar shows it. */
export function here() {
  return location.pathname + location.search + location.hash;
}

/**
 * Lets links below `home` change the view without loading the page, and calls `listener` after every
 * change of the address.
 */
export function startRouter(home, listener) {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || link.target) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const target = new URL(link.href);
    if (target.origin !== location.origin || !target.pathname.startsWith(home)) return;
    if (target.hash !== "" && target.pathname === location.pathname && target.search === location.search) return;
    event.preventDefault();
    history.pushState(null, "", target);
    listener();
  });
  addEventListener("popstate", listener);
}
