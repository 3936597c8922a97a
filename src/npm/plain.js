/** Options as JSON: plain data. What is none becomes an empty text, which no option accepts. */
export function plain(options) {
  try {
    return JSON.stringify(options ?? null, (_, value) => (typeof value === "function" ? "" : value));
  } catch {
    // A getter of the page's, or a circle.
    return "";
  }
}
