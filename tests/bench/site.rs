//! The pages, as a well-kept server would send them: scripts once and for ever, compressed, pages looked at each time.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use otrs_auth_tools::bench::{SDKS, Sdk};
use otrs_auth_tools::process::root;

/// Path, type, whether it is kept, compressed content.
type Files = HashMap<String, (&'static str, bool, Vec<u8>)>;

/// Serves the bundles in `folder`, with Keycloak at `authority`.
pub fn pages(folder: &Path, authority: &str) -> Result<Router> {
    let mut files = Files::new();
    let clock = fs::read_to_string(root().join("tests/bench/pages/clock.js"))?;
    for sdk in SDKS {
        let html = page(sdk, authority, &clock);
        files.insert(format!("/{}/", sdk.name), ("text/html; charset=utf-8", false, compress(html.as_bytes())?));
        let silent = format!("<!doctype html><script type=module src=/{0}/{0}-silent.js></script>", sdk.name);
        files.insert(format!("/{}/silent.html", sdk.name), ("text/html", false, compress(silent.as_bytes())?));
        let own = folder.join(sdk.name);
        for file in fs::read_dir(&own).with_context(|| format!("{} is missing", own.display()))?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let kind = if name.ends_with(".wasm") { "application/wasm" } else { "text/javascript; charset=utf-8" };
            files.insert(format!("/{}/{name}", sdk.name), (kind, true, compress(&fs::read(file.path())?)?));
        }
    }
    Ok(Router::new().fallback(answer).with_state(Arc::new(files)))
}

fn page(sdk: &Sdk, authority: &str, clock: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><title>{0}</title><link rel=icon href=data:,>\
         <script data-options=\"authority={authority}\">{clock}</script>{1}\
         <script type=module src=/{0}/{0}.js></script><body>",
        sdk.name, sdk.hints
    )
}

async fn answer(State(files): State<Arc<Files>>, request: Request) -> Response<Body> {
    let Some((kind, kept, content)) = files.get(request.uri().path()) else {
        return status(404);
    };
    let cache = if *kept { "public, max-age=31536000, immutable" } else { "no-cache" };
    let answer = Response::builder()
        .header("content-type", *kind)
        .header("cache-control", cache)
        .header("content-encoding", "br")
        .body(content.clone().into());
    answer.unwrap_or_else(|_| status(500))
}

fn status(code: u16) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = axum::http::StatusCode::from_u16(code).unwrap_or_default();
    answer
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &settings)?;
    Ok(out)
}
