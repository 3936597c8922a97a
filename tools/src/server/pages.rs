//! From a path to a file: the package, the demo's pages and examples, and their deep links.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::files;
use crate::examples;

/// Where files are.
pub struct Places {
    /// The demo's pages.
    pub pages: PathBuf,
    /// The built package.
    pub package: PathBuf,
}

/// These pages read the rest of the path themselves.
const APPS: [&[&str]; 3] = [&["agent"], &["customer"], &["examples", "vue"]];

/// A missing file of these kinds is missing, not a deep link: a page in its place would only give a
/// puzzling error.
const ASSETS: [&str; 9] = [".js", ".mjs", ".css", ".wasm", ".map", ".svg", ".png", ".ico", ".woff2"];

/// Everything that no route has taken.
pub async fn answer(State(places): State<Arc<Places>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "Only GET and HEAD work here.\n")
            .into_response();
    }
    let path = request.uri().path();
    let Some(names) = safe_names(path) else { return not_found() };
    let built = examples::built();
    let (root, names) = match names.split_first() {
        Some((first, rest)) if first == "otrs-auth" => (&places.package, rest),
        Some((first, rest)) if first == "examples-built" => (&built, rest),
        _ => (&places.pages, names.as_slice()),
    };
    let file = names.iter().fold(root.clone(), |folder, name| folder.join(name));
    if let Some(file) = inside(root, &file).filter(|file| file.is_file()) {
        return send(&file, request.headers().clone()).await;
    }
    let index = inside(root, &file.join("index.html")).filter(|index| index.is_file());
    if let Some(index) = index {
        if !path.ends_with('/') {
            return redirect(&format!("{path}/"), request.uri().query());
        }
        return send(&index, request.headers().clone()).await;
    }
    let app = APPS.iter().find(|app| names.iter().zip(**app).filter(|(name, part)| name == part).count() == app.len());
    match app.filter(|_| root == &places.pages) {
        Some(app) if !ASSETS.iter().any(|end| path.ends_with(end)) => {
            let folder = app.iter().fold(root.clone(), |folder, name| folder.join(name));
            send(&folder.join("index.html"), request.headers().clone()).await
        }
        _ => not_found(),
    }
}

/// The decoded parts of a path; none if one of them could lead elsewhere or is hidden.
fn safe_names(path: &str) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    names.filter(|names| names.iter().all(|name| !name.starts_with('.') && !name.contains(['/', '\\', '\0'])))
}

fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The real place of a file; none if a link leads out of the folder.
fn inside(root: &Path, file: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    file.starts_with(root.canonicalize().ok()?).then_some(file)
}

async fn send(file: &Path, headers: HeaderMap) -> Response {
    files::send(file, &headers).await.map_or_else(not_found, |response| response.map(Body::new))
}

/// The path begins with exactly one slash here: two would be another host for the browser.
fn redirect(path: &str, query: Option<&str>) -> Response {
    let path = format!("/{}", path.trim_start_matches('/'));
    let target = query.map_or(path.clone(), |query| format!("{path}?{query}"));
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target), (header::CACHE_CONTROL, "no-cache".into())])
        .into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], "There is nothing at this address.\n")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::safe_names;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        for path in ["/../x", "/a/%2e%2e/x", "/a%2f..%2fx", "/a/..%5cx", "/.git/config", "/%00", "/%zz", "/%ff"] {
            assert!(safe_names(path).is_none(), "{path}");
        }
        assert_eq!(safe_names("/agent//ticket/%D1%8F"), Some(vec!["agent".into(), "ticket".into(), "я".into()]));
    }
}
