// The script for pages without modules: `OtrsAuth`. All of it is ES5, so that an old browser can say what it lacks.
(function (page) {
  "use strict";

  // What the rest calls. Whoever has all of it has the WebAssembly that we need, too.
  var NEEDED =
    "globalThis WebAssembly.compile Promise Reflect.construct Map WeakMap WeakSet TextEncoder TextDecoder URL fetch crypto.getRandomValues AbortSignal.timeout FinalizationRegistry Object.getOwnPropertyDescriptors Object.entries";

  function lacking() {
    var names = NEEDED.split(" ");
    var found = [];
    for (var i = 0; i < names.length; i++) {
      var path = names[i].split(".");
      var value = page[path[0]];
      if (path[1] && value) value = value[path[1]];
      if (!value) found.push(names[i]);
    }
    return found.join(", ");
  }

  function AuthError(subject) {
    this.name = "AuthError";
    this.code = "browser_too_old";
    this.message = "This browser is too old to sign in, it lacks: " + subject + ".";
    this.subject = subject;
    this.remedy = "Use Chromium, Firefox or Safari of the last three years.";
    this.retryable = false;
    this.stack = new Error(this.message).stack;
  }
  AuthError.prototype = Object.create(Error.prototype, { constructor: { value: AuthError } });

  function refusal(subject) {
    function createSession() {
      var error = new AuthError(subject);
      if (page.Promise) return page.Promise.reject(error);
      // As much of a promise as it takes to hear of it.
      var refused = {
        then: function (fulfilled, rejected) {
          if (rejected) setTimeout(rejected, 0, error);
          return refused;
        },
      };
      refused["catch"] = function (rejected) {
        return refused.then(null, rejected);
      };
      return refused;
    }
    return { AuthError: AuthError, createSession: createSession };
  }

  function modern() {
    MODERN;
  }

  // A second copy would find no answer in the address any more. On a server there is no page, and no global.
  if (page && !page.OtrsAuth) {
    var lacks = lacking();
    page.OtrsAuth = lacks ? refusal(lacks) : modern();
  }
})(typeof window === "object" ? window : null);
