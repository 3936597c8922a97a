//! Keeping things: sealed records, the database, the cookie, the tab.

use crate::done;
use otrs_auth::browser::{cookie, database, seal, tab, web};
use otrs_auth::protocol::session::Access;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// One thing in a database of ours: what was stored, or `None` if it was not done.
async fn access(name: &str, access: Access, value: &JsValue) -> Option<JsValue> {
    let scope = web::scope();
    web::set(&scope, "value", value);
    let [begin, step, end] = database::access(&scope, name, &access);
    done(&scope, &[database::OPEN, begin, step, end]).await;
    database::is_done(&scope).then(|| web::get(&scope, "result"))
}

async fn save(name: &str, value: &JsValue) {
    assert!(access(name, Access::Save(String::new()), value).await.is_some());
}

async fn sealed(text: &str, half: &str) -> JsValue {
    let scope = web::scope();
    seal::with_half(&scope, half, "otrs-auth.tag.session");
    let recipe = seal::seal(&scope, text);
    done(&scope, &[recipe]).await;
    web::get(&scope, "value")
}

async fn unsealed(stored: &JsValue, half: &str) -> Option<String> {
    let scope = web::scope();
    seal::with_half(&scope, half, "otrs-auth.tag.session");
    web::set(&scope, "result", stored);
    done(&scope, &[seal::UNSEAL]).await;
    seal::opened(&scope)
}

const TEXT: &str = "access=canary-4711&refresh=Ünïcode ✓";

#[wasm_bindgen_test]
async fn seal_opens_with_both_halves_only() {
    let record = sealed(TEXT, "half").await;
    assert_eq!(unsealed(&record, "half").await.as_deref(), Some(TEXT));
    assert_eq!(unsealed(&record, "other").await, None);
    let again = sealed(TEXT, "half").await;
    let [one, two] = [&record, &again].map(|record| web::get(record, "key"));
    web::set(&record, "key", &two);
    assert_eq!(unsealed(&record, "half").await, None, "another key");
    web::set(&record, "key", &one);
    assert_eq!(unsealed(&record, "half").await.as_deref(), Some(TEXT));
}

#[wasm_bindgen_test]
async fn a_60_rubbish_in_place_of_a_sealed_record_is_nothing() {
    for json in [r#"{}"#, r#"{"key":1,"iv":2,"sealed":3}"#, r#"{"text":"x","half":"half"}"#, "7", "null"] {
        let value = js_sys::JSON::parse(json).unwrap();
        assert_eq!(unsealed(&value, "half").await, None, "{json}");
    }
}

#[wasm_bindgen_test]
async fn a_41_the_sealing_key_cannot_be_exported() {
    let record = sealed(TEXT, "half").await;
    let key = web::get(&record, "key");
    assert_eq!(web::get(&key, "extractable"), JsValue::FALSE);
    let subtle: js_sys::Object = web::of_window("crypto.subtle").into();
    let export: js_sys::Function = web::get(&subtle, "exportKey").into();
    let exported: js_sys::Promise = export.call2(&subtle, &"raw".into(), &key).unwrap().into();
    assert!(JsFuture::from(exported).await.is_err());
}

#[wasm_bindgen_test]
async fn a_sealed_record_survives_the_database() {
    let nothing = JsValue::UNDEFINED;
    save("sealed", &sealed(TEXT, "half").await).await;
    let stored = access("sealed", Access::Read, &nothing).await.unwrap();
    assert_eq!(unsealed(&stored, "half").await.as_deref(), Some(TEXT));
    assert!(access("sealed", Access::Remove, &nothing).await.is_some());
    assert!(access("sealed", Access::Read, &nothing).await.unwrap().is_undefined());
}

#[wasm_bindgen_test]
async fn a_08_of_many_takers_one_gets_it() {
    for round in 0..20 {
        let name = format!("attempt-{round}");
        save(&name, &"text".into()).await;
        let work = [0, 1].map(|_| wasm_bindgen_futures::future_to_promise(taken(name.clone())));
        let mut got = 0;
        for promise in work {
            got += usize::from(JsFuture::from(promise).await.unwrap().is_string());
        }
        assert_eq!(got, 1, "round {round}");
    }
}

async fn taken(name: String) -> Result<JsValue, JsValue> {
    Ok(access(&name, Access::Take, &JsValue::UNDEFINED).await.unwrap_or(JsValue::UNDEFINED))
}

#[wasm_bindgen_test]
async fn a_range_of_names_is_removed() {
    let nothing = JsValue::UNDEFINED;
    for name in ["r.1", "r.2", "r.3", "r.session"] {
        save(name, &"text".into()).await;
    }
    assert!(access("r.0", Access::RemoveUpTo("r.2".to_owned()), &nothing).await.is_some());
    for (name, there) in [("r.1", false), ("r.2", false), ("r.3", true), ("r.session", true)] {
        assert_eq!(!access(name, Access::Read, &nothing).await.unwrap().is_undefined(), there, "{name}");
    }
}

#[wasm_bindgen_test]
async fn without_a_database_nothing_is_done() {
    let scope = web::scope();
    let recipes = database::access(&scope, "name", &Access::Read);
    done(&scope, &recipes).await;
    assert!(!database::is_done(&scope));
}

#[wasm_bindgen_test]
async fn what_could_not_be_made_is_not_saved() {
    assert!(access("nothing", Access::Save(String::new()), &JsValue::UNDEFINED).await.is_none());
    assert!(access("nothing", Access::Read, &JsValue::UNDEFINED).await.unwrap().is_undefined());
}

#[wasm_bindgen_test]
fn the_cookie_is_found_among_others() {
    cookie::write("otrs-auth.aa.session", "first");
    cookie::write("otrs-auth.a.session", "second");
    assert_eq!(cookie::read("otrs-auth.aa.session"), "first");
    assert_eq!(cookie::read("otrs-auth.a.session"), "second");
    assert_eq!(cookie::read("auth.a.session"), "");
}

#[wasm_bindgen_test]
fn the_tab_remembers_and_gives_once() {
    assert!(tab::write("name", "text"));
    assert_eq!(tab::read("name").as_deref(), Some("text"));
    assert_eq!(tab::take("name").as_deref(), Some("text"));
    assert_eq!(tab::take("name"), None);
}
