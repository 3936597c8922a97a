// The other entries have the same types. It is compiled, never run.
import "otrs-auth/classic";
import { AuthError, createSession, type Session } from "otrs-auth/inline";

const authority = "https://iam.example.com";

export async function run(): Promise<string> {
  try {
    const sessions: Session[] = [await createSession({ authority }), await OtrsAuth.createSession({ authority })];
    return sessions.map((session) => session.status.name).join();
  } catch (error) {
    if (error instanceof AuthError || error instanceof window.OtrsAuth.AuthError) return error.code;
    throw error;
  }
}

// @ts-expect-error It is the same type.
void OtrsAuth.createSession({ interface: "agent" });
