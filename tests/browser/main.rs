//! The web APIs as the browsers really have them. Run by wasm-pack in Chromium and Firefox.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use otrs_auth::browser::web;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod addresses;
mod clock;
mod crypto;
mod lock;
mod recipes;
mod requests;
mod store;

/// Carries out recipes and waits until they are done.
async fn done(scope: &JsValue, recipes: &[&'static str]) {
    done_with(scope, recipes, |_| None).await;
}

/// The same, with what follows.
async fn done_with(
    scope: &JsValue,
    recipes: &[&'static str],
    mut then: impl FnMut(&JsValue) -> Option<&'static str> + 'static,
) {
    let both = web::with_resolvers();
    let end = both.clone();
    web::work(
        scope,
        recipes.to_vec(),
        Box::new(move |scope| {
            let next = then(scope);
            if next.is_none() {
                web::run(&end, "_ = @resolve []");
            }
            next
        }),
    );
    JsFuture::from(web::get(&both, "promise").unchecked_into::<js_sys::Promise>()).await.unwrap();
}

/// Waits so many ms.
async fn pause(ms: u32) {
    let scope = web::scope();
    web::set(&scope, "ms", &ms.into());
    done(
        &scope,
        &["over_now = promise", r#"_ = setTimeout ["@over_now.resolve","@ms"]"#, "_ = await @over_now.promise"],
    )
    .await;
}
