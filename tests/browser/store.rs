//! Keeping things: sealed records, the database, the cookie, the tab.

use otrs_auth::browser::database::{self, Access};
use otrs_auth::browser::web::{self, Arg};
use otrs_auth::browser::{cookie, crypto, seal, tab};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const TEXT: &str = "access=canary-4711&refresh=Ünïcode ✓";

#[wasm_bindgen_test]
async fn seal_opens_with_both_halves_only() {
    let sealed = seal::seal(TEXT, "half").await;
    assert_eq!(seal::unseal(&sealed, "half").await.as_deref(), Some(TEXT));
    assert_eq!(seal::unseal(&sealed, "other").await, None);
    let again = seal::seal(TEXT, "half").await;
    let [one, two] = [&sealed, &again].map(|sealed| web::get(sealed, "key"));
    web::set(&sealed, "key", Arg::Value(&two));
    assert_eq!(seal::unseal(&sealed, "half").await, None, "another key");
    web::set(&sealed, "key", Arg::Value(&one));
    assert_eq!(seal::unseal(&sealed, "half").await.as_deref(), Some(TEXT));
}

#[wasm_bindgen_test]
async fn a_60_rubbish_in_place_of_a_sealed_record_is_nothing() {
    for json in [r#"{}"#, r#"{"key":1,"iv":2,"sealed":3}"#, r#"{"text":"x","half":"half"}"#, "7", "null"] {
        let value = js_sys::JSON::parse(json).unwrap();
        assert_eq!(seal::unseal(&value, "half").await, None, "{json}");
    }
}

#[wasm_bindgen_test]
async fn a_41_the_sealing_key_cannot_be_exported() {
    let sealed = seal::seal(TEXT, "half").await;
    let key = web::get(&sealed, "key");
    assert_eq!(web::get(&key, "extractable"), JsValue::FALSE);
    let subtle: js_sys::Object = crypto::subtle().into();
    let export: js_sys::Function = web::get(&subtle, "exportKey").into();
    let exported: js_sys::Promise = export.call2(&subtle, &"raw".into(), &key).unwrap().into();
    assert!(JsFuture::from(exported).await.is_err());
}

#[wasm_bindgen_test]
async fn a_sealed_record_survives_the_database() {
    let database = database::open().await.unwrap();
    let sealed = seal::seal(TEXT, "half").await;
    assert!(database.access("sealed", Access::Put(&sealed)).await.is_some());
    let stored = database.access("sealed", Access::Get).await.unwrap();
    assert_eq!(seal::unseal(&stored, "half").await.as_deref(), Some(TEXT));
    assert!(database.access("sealed", Access::Remove).await.is_some());
    assert!(database.access("sealed", Access::Get).await.unwrap().is_undefined());
}

#[wasm_bindgen_test]
async fn a_08_of_many_takers_one_gets_it() {
    let one = database::open().await.unwrap();
    let two = database::open().await.unwrap();
    for round in 0..20 {
        let name = format!("attempt-{round}");
        one.access(&name, Access::Put(&"text".into())).await.unwrap();
        let (mut first, mut second) = (None, None);
        let work = [
            wasm_bindgen_futures::future_to_promise(taken(one.clone(), name.clone())),
            wasm_bindgen_futures::future_to_promise(taken(two.clone(), name.clone())),
        ];
        for (promise, result) in work.into_iter().zip([&mut first, &mut second]) {
            *result = JsFuture::from(promise).await.unwrap().as_string();
        }
        let got = [first, second].into_iter().flatten().count();
        assert_eq!(got, 1, "round {round}");
    }
}

#[wasm_bindgen_test]
async fn a_range_of_names_is_removed() {
    let database = database::open().await.unwrap();
    for name in ["r.1", "r.2", "r.3", "r.session"] {
        database.access(name, Access::Put(&"text".into())).await.unwrap();
    }
    assert!(database.access("r.0", Access::RemoveUpTo("r.2")).await.is_some());
    for (name, there) in [("r.1", false), ("r.2", false), ("r.3", true), ("r.session", true)] {
        assert_eq!(!database.access(name, Access::Get).await.unwrap().is_undefined(), there, "{name}");
    }
}

async fn taken(database: database::Database, name: String) -> Result<JsValue, JsValue> {
    Ok(database.access(&name, Access::Take).await.unwrap_or(JsValue::UNDEFINED))
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
