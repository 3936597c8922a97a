//! One file as an answer: its type, and 304 when the browser has it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, header};

/// Sends a file; none if it cannot be read.
pub async fn send(file: &Path, request: &HeaderMap) -> Option<Response<Body>> {
    let about = tokio::fs::metadata(file).await.ok()?;
    let changed = about.modified().unwrap_or(UNIX_EPOCH);
    let stamp = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", about.len(), stamp.as_nanos());
    // The browser asks each time and mostly hears 304: a rebuilt package is never mixed with an old one.
    let response = Response::builder()
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::ETAG, &tag)
        .header(header::LAST_MODIFIED, http_date(changed));
    if is_known(request, &tag, stamp) {
        return response.status(StatusCode::NOT_MODIFIED).body(Body::empty()).ok();
    }
    let bytes = tokio::fs::read(file).await.ok()?;
    response.header(header::CONTENT_TYPE, content_type(file)).body(bytes.into()).ok()
}

fn is_known(request: &HeaderMap, tag: &str, changed: Duration) -> bool {
    let text = |name| request.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    match text(header::IF_NONE_MATCH) {
        Some(tags) => {
            tags.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
        }
        None => text(header::IF_MODIFIED_SINCE)
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
            .is_some_and(|date| date.as_secs() >= changed.as_secs()),
    }
}

fn http_date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}

/// Browsers refuse modules and streamed wasm under another type.
fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
