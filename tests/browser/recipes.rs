//! What recipes do, and what they do not.

use crate::{done, pause};
use otrs_auth::browser::web;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn what_fails_is_undefined() {
    let scope = web::scope();
    for (recipe, value) in [
        (r#"value = await Promise.reject ["no"]"#, None),
        ("value = await @no.method []", None),
        ("value = await no.method []", None),
        ("value = await @missing", None),
        ("value = new NoSuchClass []", None),
        ("value = Math.PI [1]", None),
        ("value = Math.abs [", None),
        ("value = @missing ? Math.abs [-3]", None),
        ("value = Math.PI ? Math.abs [-3]", Some(3.0)),
        ("value = await Promise.resolve [8]", Some(8.0)),
        ("value = await Math.abs [-9]", Some(9.0)),
        ("first = Math.abs [-2]\n\n  value = Math.pow [\"@first\",3]\n", Some(8.0)),
        ("value = @first", Some(2.0)),
    ] {
        done(&scope, &[recipe]).await;
        assert_eq!(web::get(&scope, "value").as_f64(), value, "{recipe}");
    }
}

#[wasm_bindgen_test]
fn a_scope_lends_its_values_and_nothing_else() {
    let scope = web::scope();
    web::set_text(&scope, "name", "@other");
    let made = web::json(&scope, r#"{"a":["@name",{"b":"@name"}],"c":"@toString","d":"plain"}"#);
    let text = js_sys::JSON::stringify(&made).unwrap();
    assert_eq!(String::from(text), r#"{"a":["@other",{"b":"@other"}],"d":"plain"}"#);
}

#[wasm_bindgen_test]
async fn works_wait_side_by_side() {
    let done = Rc::new(Cell::new(0));
    for ms in [30, 10, 20] {
        let (done, mut left) = (done.clone(), 3);
        let scope = web::scope();
        web::set(&scope, "ms", &ms.into());
        let recipe = r#"later = promise
            _ = setTimeout ["@later.resolve","@ms"]
            _ = await @later.promise"#;
        web::work(
            &scope,
            vec![recipe],
            Box::new(move |_| {
                done.set(done.get() + 1);
                left -= 1;
                (left > 0).then_some(recipe)
            }),
        );
    }
    assert_eq!(done.get(), 0, "all of them wait");
    pause(400).await;
    assert_eq!(done.get(), 9);
}

#[wasm_bindgen_test]
async fn what_is_over_does_not_go_on() {
    let listening = web::scope();
    web::run(&listening, "reported = promise\n _ = addEventListener [\"unhandledrejection\",\"@reported.resolve\"]");
    let (scope, reached) = (web::scope(), Rc::new(Cell::new(false)));
    let seen = reached.clone();
    web::run(&scope, "late = promise");
    web::work(
        &scope,
        vec!["_ = await @late.promise\n reached = Object []"],
        Box::new(move |_| {
            seen.set(true);
            None
        }),
    );
    web::run(&scope, "over = Object []\n _ = @late.resolve []");
    pause(50).await;
    assert!(!reached.get() && web::get(&scope, "reached").is_undefined());
    let quiet = web::get(&listening, "reported.promise");
    web::set(&listening, "quiet", &quiet);
    done(&listening, &[r#"first = await Promise.race [["@quiet",1]]"#]).await;
    assert_eq!(web::get(&listening, "first").as_f64(), Some(1.0), "the page was told of a rejection");
}
