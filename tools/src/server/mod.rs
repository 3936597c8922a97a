//! The demo's web server: its pages, the built package and the small REST API, on one origin.

mod files;
mod headers;
mod pages;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::sync::oneshot;

use crate::keycloak::VERSION;
use crate::process::root;
use crate::rest_api;

/// What to serve, and the extras tests need.
#[derive(Clone)]
pub struct Options {
    /// Keycloak's URL as the browser sees it.
    pub authority: String,
    /// The demo's pages.
    pub pages: PathBuf,
    /// The built package, at `/otrs-auth/`.
    pub package: PathBuf,
    /// Another Content-Security-Policy; an empty one sends none.
    pub csp: Option<String>,
    /// Further headers of every answer.
    pub headers: Vec<(String, String)>,
    /// Further routes; they win over pages.
    pub routes: Option<Router>,
    /// The REST API asks Keycloak at every request whether the session is still there.
    pub remote_check: bool,
}

impl Options {
    /// The demo as `npm start` shows it.
    pub fn new(keycloak_url: &str) -> Self {
        Self {
            authority: keycloak_url.trim_end_matches('/').into(),
            pages: root().join("www"),
            package: root().join("dist"),
            csp: None,
            headers: Vec::new(),
            routes: None,
            remote_check: std::env::var("OTRS_DEMO_REMOTE_CHECK").is_ok_and(|value| value == "1"),
        }
    }
}

/// A server that answers; dropping it stops it.
pub struct Running {
    /// Its URL without a slash at the end.
    pub base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Stops it and waits until the port is free again.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Serves the demo; port 0 is a free one.
pub fn start(address: SocketAddr, keycloak_url: &str) -> Result<Running> {
    start_with(address, Options::new(keycloak_url))
}

/// The same with extras.
pub fn start_with(address: SocketAddr, options: Options) -> Result<Running> {
    serve(address, app(options))
}

/// Serves anything.
pub fn serve(address: SocketAddr, app: Router) -> Result<Running> {
    let listener = std::net::TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow!("port {} is in use: stop the program that listens there, or choose another port", address.port())
        }
        _ => anyhow!("{address} cannot be listened at: {error}"),
    })?;
    listener.set_nonblocking(true)?;
    let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the server cannot start")?;
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let serve = axum::serve(listener, app).into_future();
            // Open connections are cut: a browser keeps them for minutes.
            tokio::select! { _ = serve => {}, _ = stopped => {} }
        });
        runtime.shutdown_background();
    });
    Ok(Running { base_url, stop: Some(stop), thread: Some(thread) })
}

fn app(options: Options) -> Router {
    let config = serde_json::json!({ "authority": options.authority, "keycloakVersion": VERSION });
    let extra = options.routes.clone().unwrap_or_default();
    let set = Arc::new(headers::Headers::new(&options));
    let places = Arc::new(pages::Places { pages: options.pages, package: options.package });
    Router::new()
        .route("/config.json", get(move || async move { axum::Json(config) }))
        .nest("/api", rest_api::routes(&options.authority, options.remote_check))
        .merge(extra)
        .fallback_service(Router::new().fallback(pages::answer).with_state(places))
        .layer(from_fn_with_state(set, headers::add))
}
