// Whether two scripts say the same in ES5: `node tokens.js before.js after.js`. Fails where either of them is no ES5, or
// where the minifier changed more than blanks.
import { readFileSync } from "node:fs";
import { parse, tokenizer } from "acorn";

const [before, after] = process.argv.slice(2).map((file) => {
  const text = readFileSync(file, "utf8");
  const options = { ecmaVersion: 5, sourceType: "script" };
  parse(text, options);
  return Array.from(tokenizer(text, options), (token) => text.slice(token.start, token.end));
});
const at = before.findIndex((token, index) => token !== after[index]);
if (at >= 0 || before.length !== after.length) {
  const near = (tokens) => tokens.slice(Math.max(at - 10, 0), at + 5).join(" ").slice(0, 300);
  console.error(`it differs at token ${at} of ${before.length}:\n${near(before)}\n${near(after)}`);
  process.exitCode = 1;
}
