//! The demo's REST API: it takes Keycloak's access token as the session and answers as OTRS does: 401 for
//! no or a bad token, 403 without the role, 422 for bad input; 503 while Keycloak is needed and away.

mod tickets;
mod tokens;

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::realms::{AGENTS, CUSTOMERS, REALMS, Realm};
use tokens::{Caller, Refused, Verifier};

struct Api {
    verifier: Verifier,
    notes: Mutex<Vec<(u32, Value)>>,
}

type Shared = State<Arc<Api>>;

/// A refusal with a sentence for people.
struct Refusal(StatusCode, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.0.as_u16(), "message": self.1 }));
        let mut response = (self.0, body).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            let challenge = axum::http::HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Whether this one request also asks Keycloak, as OTRS's EnableRemoteCheck does.
#[derive(Deserialize)]
struct Remote {
    remote: Option<String>,
}

/// The routes, to be nested below `/api`.
pub fn routes(authority: &str, remote_check: bool) -> Router {
    let api = Api { verifier: Verifier::new(authority, remote_check), notes: Mutex::default() };
    Router::new()
        .route("/whoami", get(whoami))
        .route("/agent/tickets", get(agent_tickets))
        .route("/agent/ticket/{id}", get(agent_ticket))
        .route("/agent/ticket/{id}/note", post(add_note))
        .route("/customer/tickets", get(customer_tickets))
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "The service desk does not know this address."))
        .with_state(Arc::new(api))
}

impl Api {
    /// Who calls, if it is somebody of these realms with the role to enter.
    async fn caller(
        self: &Arc<Self>,
        headers: &HeaderMap,
        remote: &Remote,
        realms: &[Realm],
    ) -> Result<Caller, Refusal> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Refusal(StatusCode::UNAUTHORIZED, "There is no access token in the request."))?
            .to_string();
        let (api, remote) = (self.clone(), remote.remote.as_deref() == Some("1"));
        // The keys are asked for with a blocking client.
        let caller = tokio::task::spawn_blocking(move || api.verifier.verify(&token, remote)).await;
        let caller = match caller {
            Ok(Ok(caller)) => caller,
            Ok(Err(Refused::Token(reason))) => return Err(Refusal(StatusCode::UNAUTHORIZED, reason)),
            Ok(Err(Refused::Unreachable)) => {
                return Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, "Keycloak does not answer: try again soon."));
            }
            Err(_) => return Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, "The token could not be checked.")),
        };
        let Some(realm) = realms.iter().find(|realm| realm.name == caller.realm) else {
            return Err(Refusal(StatusCode::FORBIDDEN, "This token belongs to the other interface."));
        };
        match caller.roles.iter().any(|role| role == realm.role) {
            true => Ok(caller),
            false => Err(Refusal(StatusCode::FORBIDDEN, "Your account lacks the role that this needs.")),
        }
    }

    fn with_notes(&self, mut ticket: Value) -> Value {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let own = notes.iter().filter(|(id, _)| ticket["id"] == *id).map(|(_, note)| note.clone());
        ticket["notes"] = own.collect();
        ticket
    }
}

async fn whoami(State(api): Shared, Query(remote): Query<Remote>, headers: HeaderMap) -> Result<Response, Refusal> {
    let caller = api.caller(&headers, &remote, &REALMS).await?;
    Ok(Json(json!({
        "realm": caller.realm, "login": caller.login, "roles": caller.roles, "customerid": caller.customerid,
        "expires": caller.expires,
    }))
    .into_response())
}

async fn agent_tickets(
    State(api): Shared,
    Query(remote): Query<Remote>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    api.caller(&headers, &remote, &[AGENTS]).await?;
    Ok(Json(json!({ "tickets": tickets::all() })).into_response())
}

async fn agent_ticket(
    State(api): Shared,
    Path(id): Path<String>,
    Query(remote): Query<Remote>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    api.caller(&headers, &remote, &[AGENTS]).await?;
    let ticket = tickets::one(&id).ok_or(Refusal(StatusCode::NOT_FOUND, "There is no such ticket."))?;
    Ok(Json(json!({ "ticket": api.with_notes(ticket) })).into_response())
}

async fn add_note(
    State(api): Shared,
    Path(id): Path<String>,
    Query(remote): Query<Remote>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let caller = api.caller(&headers, &remote, &[AGENTS]).await?;
    let ticket = tickets::one(&id).ok_or(Refusal(StatusCode::NOT_FOUND, "There is no such ticket."))?;
    let input: Value = serde_json::from_str(&body)
        .map_err(|_| Refusal(StatusCode::UNPROCESSABLE_ENTITY, "The note is not valid JSON."))?;
    let text = input["text"].as_str().map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > 10_000 {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "A note needs a text of at most 10,000 characters."));
    }
    let created = httpdate::fmt_http_date(std::time::SystemTime::now());
    let note = json!({ "author": caller.login, "text": text, "created": created });
    let id = ticket["id"].as_u64().and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    api.notes.lock().unwrap_or_else(PoisonError::into_inner).push((id, note));
    Ok((StatusCode::CREATED, Json(json!({ "ticket": api.with_notes(ticket) }))).into_response())
}

async fn customer_tickets(
    State(api): Shared,
    Query(remote): Query<Remote>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = api.caller(&headers, &remote, &[CUSTOMERS]).await?;
    let Some(customerid) = caller.customerid else {
        return Err(Refusal(StatusCode::FORBIDDEN, "Your account belongs to no customer."));
    };
    Ok(Json(json!({ "tickets": tickets::of(&customerid) })).into_response())
}
