import { ApiError } from "./errors.js";

const SENTENCES = {
  401: "Your token was refused, also after a fresh one was tried.",
  403: "Your account lacks the role that this needs.",
  404: "The service desk does not know this address.",
  422: "Please check what you entered.",
};

/** The sentence that the service desk gave with an error, in whichever field it put it. */
function sentenceOf(body, status) {
  const told = body?.message ?? body?.error?.message ?? body?.error;
  return typeof told === "string" && told !== ""
    ? told
    : SENTENCES[status] ?? `The service desk answered with status ${status}.`;
}

async function bodyOf(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

/** Reads from or writes to the REST API with the token of the session; rejects with {@link ApiError}. */
export async function callApi(session, path, { body, signal } = {}) {
  const headers = { Accept: "application/json" };
  const request = { headers, signal };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.method = "POST";
    request.body = JSON.stringify(body);
  }
  const answer = await session.fetch(path, request);
  const content = await bodyOf(answer);
  if (!answer.ok) throw new ApiError(answer.status, sentenceOf(content, answer.status));
  if (content === null && answer.status !== 204) throw new ApiError(answer.status, "The answer is not JSON.");
  return content;
}
