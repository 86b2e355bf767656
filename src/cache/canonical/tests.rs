use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

fn form(body: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write(body.as_bytes(), |_| false, &mut out).map(|_| out)
}

#[test]
fn space_and_the_order_of_members_do_not_matter() {
    let a = r#"{"b":[1,{"y":"\n","x":null}],"a":{"d":true,"c":{}}}"#;
    let b = " {\n\"a\" : {\"c\":{ } ,\"d\":true}, \"b\":[ 1 ,\t{\"x\":null,\"y\":\"\\n\"}\r]} ";
    assert_eq!(form(a).unwrap(), form(b).unwrap());
}

#[test]
fn whatever_is_another_value_is_another_form() {
    let all = [
        r"{}",
        r#"{"a":1}"#,
        r#"{"a":1.0}"#,
        r#"{"a":"1"}"#,
        r#"{"a":[1]}"#,
        r#"{"a":[1,2]}"#,
        r#"{"a":[2,1]}"#,
        r#"{"a":[[1],2]}"#,
        r#"{"a":[[1,2]]}"#,
        r#"{"a":12}"#,
        r#"{"a":null}"#,
        r#"{"a":true}"#,
        r#"{"a":false}"#,
        r#"{"a":"true"}"#,
        r#"{"a":{}}"#,
        r#"{"a":[]}"#,
        r#"{"a":""}"#,
        r#"{"a":"","b":""}"#,
        r#"{"ab":""}"#,
        r#"{"a":{"b":""}}"#,
        r#"{"a":"b"}"#,
        r#"{"b":"a"}"#,
        r#"{"a":"é"}"#,
        "{\"a\":\"e\u{301}\"}",
        r#"{"a":{"x":1,"x":2}}"#,
        r#"{"a":{"x":2,"x":1}}"#,
        r#"{"a":{"x":1,"\u0078":2}}"#,
        r#"{"a":{"\u0078":2,"x":1}}"#,
    ];
    for (i, a) in all.iter().enumerate() {
        for b in &all[..i] {
            assert_ne!(form(a), form(b), "{a} {b}");
        }
    }
}

#[test]
fn long_texts_and_containers_count_to_the_last_byte() {
    for length in [INLINE - 8, INLINE, COPIED, COPIED + 1, 100_000] {
        let text = "x".repeat(length);
        let (a, b) = (
            format!(r#"{{"a":["{text}y"]}}"#),
            format!(r#"{{"a":["{text}z"]}}"#),
        );
        assert_ne!(form(&a), form(&b));
        let key = |tail: &str| format!(r#"{{"a":{{"{text}{tail}":1,"b":2}}}}"#);
        assert_ne!(form(&key("y")), form(&key("z")));
        let deep = |tail: &str| format!(r#"{{"a":{{"k":["{text}{tail}"],"b":[[["{text}"]]]}}}}"#);
        assert_ne!(form(&deep("y")), form(&deep("z")));
        assert!(form(&deep("y")).unwrap().len() < 2 * INLINE);
    }
}

#[test]
fn what_is_no_json_object_has_no_form() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    for body in [
        "",
        "[]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1}}",
        "{\"a\":\"",
        "{\"a\\",
        "{\"a\":tru}",
        "{\"a\" 1}",
        "{\"a\":[1 2]}",
        "{\"a\":\"\\",
        &deep,
        r#"{"\u0061":1}"#,
    ] {
        assert_eq!(form(body), None, "{}", &body[..body.len().min(20)]);
    }
}

/// Any JSON, an object on top.
fn json() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "x{0,1200}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-c]{0,3}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::vec(("[a-e]{1,3}", value), 0..6)
        .prop_map(|members| members.into_iter().collect())
}

/// Writes a value with its members turned round and space strewn in, by the bits of `how`.
fn other_writing(value: &Value, how: &mut u64, into: &mut String) {
    let mut strewn = |into: &mut String| {
        *how = how.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 1;
        into.push_str(["", " ", "\n", "\t "][(*how >> 60) as usize % 4]);
    };
    strewn(into);
    match value {
        Value::Array(all) => {
            into.push('[');
            for (i, one) in all.iter().enumerate() {
                into.push_str(if i == 0 { "" } else { "," });
                other_writing(one, how, into);
            }
            into.push(']');
        }
        Value::Object(members) => {
            into.push('{');
            for (i, (key, one)) in members.iter().rev().enumerate() {
                into.push_str(if i == 0 { "" } else { "," });
                into.push_str(&Value::from(key.as_str()).to_string());
                into.push_str(" :");
                other_writing(one, how, into);
            }
            into.push_str(" }");
        }
        plain => into.push_str(&plain.to_string()),
    }
}

proptest! {
    #[test]
    fn one_value_one_form(value in json(), mut how in any::<u64>()) {
        let value = Value::Object(value);
        let mut other = String::new();
        other_writing(&value, &mut how, &mut other);
        prop_assert_eq!(form(&value.to_string()), form(&other));
        prop_assert!(form(&other).is_some());
    }

    #[test]
    fn two_values_two_forms(a in json(), b in json()) {
        let same = form(&Value::Object(a.clone()).to_string()) == form(&Value::Object(b.clone()).to_string());
        prop_assert_eq!(same, a == b);
    }

    #[test]
    fn nothing_panics(body in prop::collection::vec(prop_oneof![
        Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b':'), Just(b','),
        Just(b'1'), Just(b't'), any::<u8>(),
    ], 0..60)) {
        let mut out = Vec::new();
        let _ = write(&body, |_| false, &mut out);
        let wrapped = [&b"{\"a\":"[..], &body, b"}"].concat();
        let _ = write(&wrapped, |_| false, &mut out);
    }
}
