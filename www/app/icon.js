const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8c.7-3.6 3.9-6 8-6s7.3 2.4 8 6",
  alert: "M12 4 2.8 20h18.4L12 4Zm0 6v5m0 2.5v.1",
  arrow: "M5 12h14m-6-6 6 6-6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevron: "m6 9.5 6 6 6-6",
  door: "M10 4H5v16h5m4-12 4 4-4 4m4-4H9",
  lock: "M6 11h12v9H6v-9Zm2.5 0V8a3.5 3.5 0 0 1 7 0v3",
  offline: "M3 3l18 18M9 17.5a4.5 4.5 0 0 1 6 0M5.5 13.5A9.5 9.5 0 0 1 9 11.3m9.5 2.2a9.6 9.6 0 0 0-3.8-2.3M2.5 9.5a14.6 14.6 0 0 1 4-2.6m15 2.6A14.4 14.4 0 0 0 11 5.6",
  refresh: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4.5H15",
  swap: "M4 8h14m-4-4 4 4-4 4m6 4H6m4-4-4 4 4 4",
  ticket: "M4 8a1.5 1.5 0 0 1 1.5-1.5h13A1.5 1.5 0 0 1 20 8v2a2 2 0 0 0 0 4v2a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 16v-2a2 2 0 0 0 0-4V8Zm9.5-1.5v11",
};

/** A line icon in the colour of the text; it says nothing that the text beside it does not say. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
