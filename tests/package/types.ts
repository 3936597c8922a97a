// Uses every exported name the way a front end does. It is compiled, never run.
import {
  AuthError,
  createSession,
  type AuthErrorCode,
  type Customer,
  type EndReason,
  type Interface,
  type LoginOptions,
  type LogoutOptions,
  type Session,
  type SessionEventMap,
  type SessionOptions,
  type Status,
  type TokenOptions,
  type User,
} from "otrs-auth";

const side: Interface = "customer";
const options: SessionOptions = {
  interface: side,
  authority: "https://iam.example.com",
  requiredRole: null,
  apiOrigins: ["https://otrs.example.com"],
  onLoad: "login",
  storage: "memory",
  keepAlive: "requests",
  dpop: "refresh",
  wasmUrl: new URL("https://cdn.example.com/otrs_auth_bg.wasm"),
  extraParameters: { theme: "otrs" },
  timeouts: { request: 5000 },
};

/** The compiler refuses this if a status or a reason is left out. */
function describe(status: Status): string {
  switch (status.name) {
    case "signed_out":
    case "signing_in":
      return status.name;
    case "signed_in":
      return greet(status.user);
    case "no_access":
      return explain(status.problem);
    case "ended":
      return reasons[status.reason];
  }
}

const reasons: Record<EndReason, string> = {
  logged_out: "You have logged out.",
  logged_out_elsewhere: "You have logged out in another tab.",
  account_disabled: "Your account is disabled.",
  ended_by_keycloak: "Your session was ended.",
  revoked: "Your session was ended.",
  reuse_detected: "Your session was used twice.",
  idle: "You were away for too long.",
  max_age: "Your session lasted as long as it may.",
  expired: "Your session has expired.",
  replaced: "Somebody else has signed in.",
  internal_error: "Something broke. Reload the page to go on.",
};

function greet(user: User): string {
  return user.name ?? [user.firstName, user.lastName].join(" ") ?? user.login;
}

function explain(problem: AuthError): string {
  const code: AuthErrorCode = problem.code;
  return `${code} ${problem.subject}: ${problem.message} ${problem.remedy ?? ""}${problem.retryable ? "Try again." : ""}`;
}

function address(customer: Customer): string {
  return [customer.customerid, customer.street, customer.zip, customer.city].join(" ");
}

export async function run(): Promise<string> {
  const session: Session = await createSession(options);
  const onError = (event: SessionEventMap["error"]): void => console.error(explain(event.detail));
  session.addEventListener("error", onError);
  session.addEventListener("change", () => describe(session.status), { once: true });
  session.removeEventListener("error", onError);

  const login: LoginOptions = { returnTo: "/tickets", prompt: "login", loginHint: "agent", acr: "gold", maxAge: 60, action: "UPDATE_PASSWORD" };
  if (session.user === null) await session.login(login);
  const fresh: TokenOptions = { minValidity: 30, fresh: true };
  const token: string = await session.getToken(fresh);
  const answer: Response = await session.fetch("/api/customer/ticket/42", { method: "POST", body: token });
  const expires: Date | null = session.expiresAt === null ? null : new Date(session.expiresAt);

  const logout: LogoutOptions = { switchUser: true };
  if (!session.hasRole("Customer User") || !session.connected) await session.logout(logout);
  session.close();
  const parts = [session.customer && address(session.customer), session.accountUrl(), answer.status, expires];
  return [...parts, ...session.roles, ...session.missingClaims].join(" ");
}

// @ts-expect-error The authority has no default.
void createSession({ interface: "agent" });
// @ts-expect-error A public client has no secret.
void createSession({ authority: "https://iam.example.com", clientSecret: "x" });
