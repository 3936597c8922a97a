//! A page may have put a clock of its own in the place of the browser's.

use otrs_auth::browser::{clock, web};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_clock_that_breaks_is_replaced_by_the_one_on_the_wall() {
    let performance = web::of_window("performance");
    let before = clock::now();
    assert!(before.monotonic < before.wall);
    for broken in ["throw 1", "return undefined", "return 1n", "return Symbol.iterator"] {
        web::set(&performance, "now", &js_sys::Function::new_no_args(broken));
        let now = clock::now();
        web::set(&performance, "now", &web::of_window("Performance.prototype.now"));
        assert_eq!(now.monotonic, now.wall, "{broken}");
    }
    web::set(&performance, "now", &js_sys::Function::new_no_args("return 5"));
    assert_eq!(clock::now().monotonic, 5);
    js_sys::Reflect::delete_property(performance.unchecked_ref::<js_sys::Object>(), &"now".into()).unwrap();
    assert!(clock::now().monotonic >= before.monotonic);
}
