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
use otrs_auth_tools::bench::SDKS;
use otrs_auth_tools::process::root;

/// Path, type, whether it is kept, compressed content.
type Files = HashMap<String, (&'static str, bool, Vec<u8>)>;

/// Serves the bundles in `folder`, with Keycloak at `authority`.
pub fn pages(folder: &Path, authority: &str) -> Result<Router> {
    let mut files = Files::new();
    let clock = fs::read_to_string(root().join("tests/bench/pages/clock.js"))?;
    for sdk in SDKS {
        let own = folder.join(sdk.name);
        let mut hints = sdk.hints.to_owned();
        for file in fs::read_dir(&own).with_context(|| format!("{} is missing", own.display()))?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let content = fs::read(file.path())?;
            if name.ends_with("-silent.js") {
                // In the page, as guides have it: one document for the frame.
                let silent = format!("<!doctype html><script>{}</script>", String::from_utf8_lossy(&content));
                files.insert(format!("/{}/silent.html", sdk.name), ("text/html", false, compress(silent.as_bytes())?));
                continue;
            }
            let path = format!("/{}/{name}", sdk.name);
            let script = name.ends_with(".js");
            if script && name != format!("{}.js", sdk.name) {
                // As Vite does for what a page's script is going to import.
                hints.push_str(&format!("<link rel=modulepreload href={path}>"));
            }
            let kind = if script { "text/javascript; charset=utf-8" } else { "application/wasm" };
            files.insert(path, (kind, true, compress(&content)?));
        }
        let html = page(sdk.name, &hints, authority, &clock);
        files.insert(format!("/{}/", sdk.name), ("text/html; charset=utf-8", false, compress(html.as_bytes())?));
    }
    Ok(Router::new().fallback(answer).with_state(Arc::new(files)))
}

fn page(name: &str, hints: &str, authority: &str, clock: &str) -> String {
    format!(
        "<!doctype html><meta charset=utf-8><title>{0}</title><link rel=icon href=data:,>\
         <script data-options=\"authority={authority}\">{clock}</script>{hints}\
         <script type=module src=/{0}/{0}.js></script><body>",
        name
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
