//! The addresses, and what is answered there.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::faults::{Fault, Faults};
use super::tokens::Key;
use super::{Demand, Endpoint, Pairs, Seen, Shared, State as Own};
use crate::form;

pub fn router(shared: Shared) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

fn endpoint(path: &str) -> (String, Endpoint) {
    let Some((realm, rest)) = path.strip_prefix("/realms/").and_then(|path| path.split_once('/')) else {
        return (String::new(), Endpoint::Other);
    };
    let endpoint = match rest {
        ".well-known/openid-configuration" => Endpoint::Discovery,
        "protocol/openid-connect/certs" => Endpoint::Keys,
        "protocol/openid-connect/auth" => Endpoint::Authorization,
        "protocol/openid-connect/token" => Endpoint::Token,
        "protocol/openid-connect/logout" => Endpoint::EndSession,
        "api" => Endpoint::Api,
        _ => Endpoint::Other,
    };
    (realm.to_string(), endpoint)
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let origin = parts.headers.get(header::ORIGIN).cloned();
    if parts.method == Method::OPTIONS {
        return readable(
            (
                StatusCode::NO_CONTENT,
                [("access-control-allow-headers", "authorization, dpop, *"), ("access-control-allow-methods", "*")],
            )
                .into_response(),
            origin,
        );
    }
    let (realm, endpoint) = endpoint(parts.uri.path());
    let proofs = parts.headers.get_all("dpop").iter().filter_map(|value| value.to_str().ok().map(String::from));
    let mut parameters = form::parse(parts.uri.query().unwrap_or_default());
    let body = String::from_utf8_lossy(&body).into_owned();
    parameters.extend(form::parse(&body));
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(String::from);
    let seen = Seen {
        raw: format!("{} {}\n{:?}\n\n{body}", parts.method, parts.uri, parts.headers),
        referer: header(header::REFERER),
        cookie: header(header::COOKIE),
        base: format!("http://{}", header(header::HOST).unwrap_or_default()),
        method: parts.method.to_string(),
        path: parts.uri.path().to_string(),
        authorization: header(header::AUTHORIZATION).unwrap_or_default(),
        proofs: proofs.collect(),
        realm,
        endpoint,
        parameters,
    };
    let faults = {
        let mut state = shared.lock();
        state.seen.push(seen.clone());
        state.faults.clone()
    };
    let Some(fault) = faults.answers.get(&endpoint).cloned() else {
        let answer = honest(&shared, &seen, &faults);
        return if faults.lose && endpoint == Endpoint::Token { answer } else { readable(answer, origin) };
    };
    match fault {
        Fault::Hidden(status) => StatusCode::from_u16(status).unwrap_or_default().into_response(),
        fault => readable(wrong(fault).await, origin),
    }
}

/// Lets the page read it, as Keycloak does for a web origin of the client.
fn readable(mut response: Response, origin: Option<HeaderValue>) -> Response {
    if let Some(origin) = origin {
        response.headers_mut().insert("access-control-allow-origin", origin);
        let exposed = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate");
        response.headers_mut().insert("access-control-expose-headers", exposed);
    }
    response
}

fn honest(shared: &Shared, seen: &Seen, faults: &Faults) -> Response {
    let mut state = shared.lock();
    let issuer = format!("{}/realms/{}", seen.base, seen.realm);
    match seen.endpoint {
        Endpoint::Discovery => json_of(&discovery(&issuer, faults)),
        Endpoint::Keys => {
            let own = || vec![faults.key.unwrap_or(Key::of(&seen.realm)).jwk()];
            json_of(&json!({ "keys": faults.keys.clone().unwrap_or_else(own) }))
        }
        Endpoint::Authorization => {
            let code = state.grants.code(&seen.realm, seen.parameters.clone());
            authorization(seen, faults, &issuer, code)
        }
        Endpoint::Token => token(&mut state, seen, faults),
        Endpoint::Api => api(&mut state, seen, faults),
        Endpoint::EndSession => {
            state.grants.end();
            let target = format!("{}?state={}", seen.get("post_logout_redirect_uri"), form::encode(seen.get("state")));
            (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
        }
        Endpoint::Other => StatusCode::NOT_FOUND.into_response(),
    }
}

fn token(state: &mut Own, seen: &Seen, faults: &Faults) -> Response {
    let key = match faults.proofs {
        Some(demand) => state.proofs.check(seen, None, demand),
        None => Ok(String::new()),
    };
    let response = match key.and_then(|key| state.grants.answer(seen, &key, faults)) {
        Ok(answer) => json_of(&answer),
        Err((error, description)) => {
            let body = json!({ "error": error, "error_description": description });
            (StatusCode::BAD_REQUEST, json_of(&body)).into_response()
        }
    };
    with_nonce(response, faults.proofs.unwrap_or_default())
}

/// Takes tokens that come with a proof of their key (RFC 9449 section 7).
fn api(state: &mut Own, seen: &Seen, faults: &Faults) -> Response {
    let token = seen.authorization.strip_prefix("DPoP ").unwrap_or_default();
    let proved = state.proofs.check(seen, Some(token), faults.api_proofs);
    let refusal = match (proved, state.grants.key_of(token)) {
        (Ok(key), Some(own)) if key == own => None,
        (Ok(_), _) => Some("invalid_token"),
        (Err((error, _)), _) => Some(error),
    };
    let response = match refusal {
        None => json_of(&json!({ "ok": true })),
        Some(error) => {
            let challenge = [(header::WWW_AUTHENTICATE, format!("DPoP error=\"{error}\", algs=\"ES256\""))];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
    };
    with_nonce(response, faults.api_proofs)
}

fn with_nonce(mut response: Response, demand: Demand) -> Response {
    if let Some(nonce) = demand.nonce {
        response.headers_mut().insert("dpop-nonce", HeaderValue::from_static(nonce));
    }
    response
}

fn discovery(issuer: &str, faults: &Faults) -> Value {
    let at = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    let mut document = json!({
        "issuer": issuer, "authorization_endpoint": at("auth"), "token_endpoint": at("token"),
        "jwks_uri": at("certs"), "end_session_endpoint": at("logout"),
        "code_challenge_methods_supported": ["plain", "S256"],
        "dpop_signing_alg_values_supported": ["RS256", "ES256"],
        "authorization_response_iss_parameter_supported": true,
    });
    if let Some(change) = &faults.discovery {
        change(&mut document);
    }
    document
}

fn authorization(seen: &Seen, faults: &Faults, issuer: &str, code: String) -> Response {
    let silent = seen.get("prompt") == "none";
    let error = match faults.error {
        Some(error) => Some(error),
        None if faults.nobody && silent => Some("login_required"),
        None if faults.nobody => return Html("<title>Login</title><h1>Login form</h1>").into_response(),
        None => None,
    };
    let outcome = match error {
        Some(error) => ("error", error.to_string()),
        None => ("code", code),
    };
    let mut pairs: Pairs = [
        ("state", seen.get("state").to_string()),
        ("session_state", "s-1".to_string()),
        ("iss", issuer.to_string()),
        outcome,
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec();
    if let Some(change) = &faults.callback {
        change(&mut pairs);
    }
    let mark = if seen.get("response_mode") == "fragment" && !faults.query { '#' } else { '?' };
    let target = format!("{}{mark}{}", seen.get("redirect_uri"), form::print(&pairs));
    (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
}

fn json_of(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], value.to_string())
        .into_response()
}

async fn wrong(fault: Fault) -> Response {
    const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
    match fault {
        Fault::Answer { status, headers, body } => {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(name, value.parse().unwrap_or(HeaderValue::from_static("")));
            }
            (StatusCode::from_u16(status).unwrap_or_default(), map, body).into_response()
        }
        Fault::Hidden(_) => StatusCode::NOT_FOUND.into_response(),
        Fault::Slow(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Html("<title>Late</title>").into_response()
        }
        Fault::Silence => {
            tokio::time::sleep(Duration::from_secs(120)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Fault::Endless => {
            let spaces = Bytes::from(vec![b' '; 16 * 1024]);
            (JSON, Body::from_stream(endless(spaces, None))).into_response()
        }
        Fault::HangInBody => (JSON, Body::from_stream(endless(Bytes::from("{"), Some(true)))).into_response(),
        Fault::Broken => (JSON, Body::from_stream(endless(Bytes::from("{"), Some(false)))).into_response(),
    }
}

/// The same bytes again and again; or once, and then nothing (`Some(true)`) or an error.
fn endless(bytes: Bytes, once: Option<bool>) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    futures_util::stream::unfold(0_u64, move |count| {
        let bytes = bytes.clone();
        async move {
            match (count, once) {
                (0, _) | (_, None) => Some((Ok(bytes), count + 1)),
                (_, Some(true)) => {
                    tokio::time::sleep(Duration::from_secs(120)).await;
                    None
                }
                (_, Some(false)) => {
                    // What was sent before has to arrive first, or the browser may send its request again.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    Some((Err(std::io::Error::other("broken on purpose")), count + 1))
                }
            }
        }
    })
}
