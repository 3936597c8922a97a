// The floor: what a page would do that checks nothing and forgets nothing.
const { authority, page, ready, failed } = window.bench;
const endpoint = authority + "/realms/otrs-agents/protocol/openid-connect/";
const client_id = "otrs-app";
const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));

async function ask(fields) {
  const answer = await fetch(endpoint + "token", { method: "POST", body: new URLSearchParams({ client_id, ...fields }) });
  if (!answer.ok) throw new Error("token endpoint: " + answer.status);
  const tokens = await answer.json();
  tokens.end = Date.now() + tokens.expires_in * 1000;
  localStorage.floor = JSON.stringify(tokens);
  return tokens;
}

async function login() {
  const verifier = (sessionStorage.verifier = random());
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const state = (sessionStorage.state = random());
  const query = { response_type: "code", client_id, redirect_uri: page, scope: "openid profile email", state };
  Object.assign(query, { code_challenge_method: "S256", code_challenge: encode(new Uint8Array(hash)) });
  location.href = endpoint + "auth?" + new URLSearchParams(query);
}

async function start() {
  const answer = new URLSearchParams(location.search);
  const code = answer.get("code");
  if (code && answer.get("state") === sessionStorage.state) {
    history.replaceState(null, "", page);
    return ask({ grant_type: "authorization_code", code, redirect_uri: page, code_verifier: sessionStorage.verifier });
  }
  return localStorage.floor && JSON.parse(localStorage.floor);
}

start().then((tokens) => {
  const now = () => JSON.parse(localStorage.floor);
  let running;
  const refresh = async () => {
    running ??= ask({ grant_type: "refresh_token", refresh_token: now().refresh_token });
    const { access_token } = await running.finally(() => (running = undefined));
    return access_token;
  };
  ready(tokens ? "signed_in" : "anonymous", {
    login,
    token: async () => (now().end > Date.now() + 5000 ? now().access_token : refresh()),
    refresh,
    logout() {
      const { id_token } = now();
      localStorage.removeItem("floor");
      const query = { client_id, id_token_hint: id_token, post_logout_redirect_uri: page };
      location.href = endpoint + "logout?" + new URLSearchParams(query);
    },
  });
}, failed);
