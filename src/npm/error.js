/** Everything that otrs-auth throws. */
export class AuthError extends Error {
  constructor(code, message, subject, remedy, retryable, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "AuthError";
    this.code = code;
    this.subject = subject;
    this.remedy = remedy ?? null;
    this.retryable = retryable;
  }
}

/** The WebAssembly is at its end. */
export function internalError(cause) {
  const message = "otrs-auth has an error of its own; please report it.";
  return new AuthError("internal_error", message, "", null, true, cause);
}
