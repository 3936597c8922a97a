use super::*;
use proptest::prelude::*;

fn text(value: &str) -> Json {
    Json::Text(value.to_owned())
}

fn read(document: &str) -> Option<Json> {
    parse(document.as_bytes())
}

#[test]
fn values_of_every_type() {
    let document = " {\"a\" : [ null , true,false, \"x\",1 ,{}, [] ] , \"b\":\t-7}\r\n";
    let read = read(document).unwrap();
    let list = read.get("a").unwrap().array().unwrap();
    let expected = [
        Json::Null,
        Json::Bool(true),
        Json::Bool(false),
        text("x"),
        Json::Number(Some(1)),
        Json::Object(vec![]),
        Json::Array(vec![]),
    ];
    assert_eq!(list, expected);
    assert_eq!(read.get("b").unwrap().number(), Some(-7));
    assert_eq!(read.get("c"), None);
    assert_eq!(read.object().unwrap().len(), 2);
}

#[test]
fn accessors_refuse_other_types() {
    let value = text("1");
    assert_eq!(value.text(), Some("1"));
    assert_eq!((value.number(), value.array(), value.object(), value.get("1")), (None, None, None, None));
    assert_eq!(Json::Number(Some(1)).text(), None);
}

#[test]
fn c_45_prototype_names_are_ordinary() {
    let value = read(r#"{"__proto__":{"a":1},"constructor":2}"#).unwrap();
    assert_eq!(value.get("a"), None);
    assert_eq!(value.get("constructor").unwrap().number(), Some(2));
    assert_eq!(value.get("toString"), None);
}

#[test]
fn c_45_a_repeated_name_refuses_the_document() {
    assert_eq!(read(r#"{"a":1,"a":1}"#), None);
    assert_eq!(read(r#"{"a":1,"\u0061":2}"#), None);
    assert_eq!(read(r#"[{"x":{"a":1,"b":2,"a":3}}]"#), None);
    assert!(read(r#"{"a":{"a":1},"b":{"a":1}}"#).is_some());
}

#[test]
fn numbers_give_their_integer_part() {
    let cases = [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("12.999", Some(12)),
        ("-1.5", Some(-1)),
        ("1700000000", Some(1_700_000_000)),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", None),
        ("1e308", None),
        ("1E+2", None),
        ("1.5e-3", None),
        ("0e0", None),
    ];
    for (document, expected) in cases {
        assert_eq!(read(document), Some(Json::Number(expected)), "{document}");
    }
    let refused =
        ["01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "-Infinity", "00", "1_0", "--1", "1e-"];
    for document in refused {
        assert_eq!(read(document), None, "{document}");
    }
}

#[test]
fn strings_and_escapes() {
    assert_eq!(read(r#""\"\\\/\b\f\n\r\t\u00fc\u00FC""#), Some(text("\"\\/\u{8}\u{c}\n\r\tüü")));
    assert_eq!(read(r#""\ud83d\ude00\uffff\u0000""#), Some(text("😀\u{ffff}\0")));
    assert_eq!(read(r#""\udbff\udfff\ud800\udc00""#), Some(text("\u{10ffff}\u{10000}")));
    assert_eq!(read("\"Ärzte Сервис \u{7f}\""), Some(text("Ärzte Сервис \u{7f}")));
    let refused = [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\ud83d""#,
        r#""\u12""#,
        r#""\u+123""#,
        r#""\udc00\udc00""#,
        r#""\ud83d\ue000""#,
        r#""\x41""#,
        r#""\""#,
        "\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\0\"",
        "\"\x1f\"",
        "'a'",
    ];
    for document in refused {
        assert_eq!(read(document), None, "{document}");
    }
}

#[test]
fn the_whole_input_is_one_document() {
    let refused = [
        "",
        " ",
        "1 2",
        "{} x",
        "null,",
        "nul",
        "nulll",
        "True",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        "{\"a\":1,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "[",
        "{",
        "]",
        "[}",
        "\u{feff}{}",
        "{}\u{feff}",
        "\u{a0}1",
        "1\0",
        "// x\n1",
        "/**/1",
    ];
    for document in refused {
        assert_eq!(read(document), None, "{document:?}");
    }
    assert_eq!(parse(b"\"\xff\""), None);
    assert_eq!(parse(b"\"\xed\xa0\x80\""), None);
    assert_eq!(parse(b"\"\xc0\xaf\""), None);
}

#[test]
fn nesting_and_length_are_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(MAX_DEPTH)).is_some());
    assert_eq!(read(&nested(MAX_DEPTH + 1)), None);
    assert_eq!(read(&"{\"a\":[".repeat(40_000)), None);
    assert_eq!(read(&"[".repeat(MAX_LENGTH)), None);

    let long = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    assert!(read(&long(MAX_LENGTH)).is_some());
    assert_eq!(read(&long(MAX_LENGTH + 1)), None);
}

#[test]
fn the_number_of_names_is_bounded() {
    let object = |count: usize| {
        let members: Vec<String> = (0..count).map(|i| format!("\"{i}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read(&object(MAX_MEMBERS)).is_some());
    assert_eq!(read(&object(MAX_MEMBERS + 1)), None);
}

/// Writes a value back, the shortest way, for the round trip.
fn write(value: &Json) -> String {
    match value {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(None) => "1e9".into(),
        Json::Number(Some(value)) => value.to_string(),
        Json::Text(value) => quote(value),
        Json::Array(values) => format!("[{}]", values.iter().map(write).collect::<Vec<_>>().join(",")),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| quote(name) + ":" + &write(value));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

fn quote(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    format!("\"{}\"", units.collect::<String>())
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<Option<i64>>().prop_map(Json::Number),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_text_that_looks_like_json_never_panics(document in r#"[\[\]{}",:\\u0-9eE.+\-ntrflsad8 ]{0,60}"#) {
        let _ = read(&document);
    }

    #[test]
    fn round_trip(value in any_json()) {
        prop_assert_eq!(read(&write(&value)), Some(value));
    }

    #[test]
    fn a_cut_document_is_refused(value in any_json(), at: prop::sample::Index) {
        let document = write(&Json::Array(vec![value]));
        let cut = at.index(document.len());
        prop_assert_eq!(parse(&document.as_bytes()[..cut]), None);
    }
}
