// What ES5 can extend: the browser's own classes want `new`, which a constructor of ES5 does not pass on.
const { construct } = Reflect;

function extendable(Class) {
  function Extendable() {
    return construct(Class, arguments, this.constructor);
  }
  Extendable.prototype = Class.prototype;
  return Extendable;
}

const ExtendableError = extendable(globalThis.Error);
const ExtendableEventTarget = extendable(globalThis.EventTarget);
export { ExtendableError as Error, ExtendableEventTarget as EventTarget };
