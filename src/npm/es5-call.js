// In place of the `call` of `originals.js` in ES5, which has no rest parameters: what is put into a list by its index
// may meet a setter of the page's, on `Object.prototype`.
import { apply, read } from "./originals.js";

const { slice } = Array.prototype;

export function call(object, name) {
  return apply(read(object, name), object, apply(slice, arguments, [2]));
}
