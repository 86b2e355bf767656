use serde_json::{Value, json};

use super::fits;

fn check(schema: Value, fit: &[Value], others: &[Value]) {
    for value in fit {
        assert_eq!(fits(&schema, value), Some(true), "{schema} {value}");
    }
    for value in others {
        assert_eq!(fits(&schema, value), Some(false), "{schema} {value}");
    }
}

#[test]
fn types() {
    let all = [
        json!(null),
        json!(true),
        json!(1.5),
        json!("x"),
        json!([]),
        json!({}),
    ];
    for (at, name) in ["null", "boolean", "number", "string", "array", "object"]
        .iter()
        .enumerate()
    {
        let mut others = all.to_vec();
        let one = others.remove(at);
        check(json!({"type": name}), &[one], &others);
    }
    check(
        json!({"type": "integer"}),
        &[json!(1), json!(-1), json!(2.0)],
        &[json!(1.5), json!("1")],
    );
    check(
        json!({"type": ["string", "null"]}),
        &[json!("x"), json!(null)],
        &[json!(1)],
    );
    check(
        json!({"type": "STRING", "nullable": true}),
        &[json!("x"), json!(null)],
        &[json!(1)],
    );
    check(json!({}), &all, &[]);
    check(json!(false), &[], &all);
}

#[test]
fn objects() {
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": false,
    });
    check(
        schema.clone(),
        &[json!({"a": "x"}), json!({"b": 1, "a": "x"})],
        &[
            json!({}),
            json!({"b": 1}),
            json!({"a": 1}),
            json!({"a": "x", "b": "y"}),
            json!({"a": "x", "c": 1}),
        ],
    );
    let mut open = schema;
    open["additionalProperties"] = json!({"type": "null"});
    check(
        open.clone(),
        &[json!({"a": "x", "c": null})],
        &[json!({"a": "x", "c": 1})],
    );
    open["patternProperties"] = json!({"^c": {}});
    check(open, &[json!({"a": "x", "c": 1})], &[json!({"a": 1})]);
}

#[test]
fn arrays() {
    check(
        json!({"items": {"type": "string"}}),
        &[json!([]), json!(["x", "y"])],
        &[json!(["x", 1])],
    );
    check(
        json!({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}),
        &[json!([]), json!(["x", 1, 2])],
        &[json!([1]), json!(["x", "y"])],
    );
}

#[test]
fn one_of_several() {
    check(
        json!({"enum": ["a", 1, {"x": [1]}]}),
        &[json!("a"), json!(1.0), json!({"x": [1.0]})],
        &[json!("b"), json!({"x": [2]}), json!({"y": [1]})],
    );
    check(json!({"const": null}), &[json!(null)], &[json!(0)]);
    for word in ["anyOf", "oneOf"] {
        check(
            json!({word: [{"type": "string"}, {"type": "null"}]}),
            &[json!("x"), json!(null)],
            &[json!(1)],
        );
    }
    check(
        json!({"allOf": [{"type": "object"}, {"required": ["a"]}]}),
        &[json!({"a": 1})],
        &[json!({}), json!(1)],
    );
}

#[test]
fn references_within_the_schema() {
    let tree = json!({
        "$ref": "#/$defs/node",
        "$defs": {"node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["next"],
        }},
    });
    check(
        tree,
        &[json!({"next": null}), json!({"next": {"next": null}})],
        &[json!({"next": 1}), json!({"next": {}})],
    );
    check(
        json!({"items": {"$ref": "#"}, "type": "array"}),
        &[json!([[], [[]]])],
        &[json!([1])],
    );
    check(
        json!({"$ref": "#/definitions/a~1b", "definitions": {"a/b": {"type": "string"}}}),
        &[json!("x")],
        &[json!(1)],
    );
}

#[test]
fn what_cannot_be_told_is_not() {
    let value = json!({"a": 1});
    for schema in [
        json!(1),
        json!({"type": "float"}),
        json!({"type": 1}),
        json!({"$ref": "#/$defs/none"}),
        json!({"$ref": "https://example.com/schema"}),
        json!({"$ref": "#"}),
        json!({"anyOf": [{"$ref": "#"}]}),
        json!({"properties": []}),
        json!({"required": "a"}),
        json!({"enum": {}}),
    ] {
        assert_eq!(fits(&schema, &value), None, "{schema}");
    }
}

#[test]
fn work_is_bounded() {
    // Two ways at each of 60 steps: more than anybody could walk.
    let twice = |next: &str| json!({"allOf": [{"$ref": next}, {"$ref": next}]});
    let mut defs = serde_json::Map::new();
    for at in 0..60 {
        defs.insert(format!("d{at}"), twice(&format!("#/$defs/d{}", at + 1)));
    }
    defs.insert("d60".into(), json!(true));
    let schema = json!({"$ref": "#/$defs/d0", "$defs": defs});
    assert_eq!(fits(&schema, &json!(1)), None);
    let many = json!({"items": {"enum": (0..1_000).collect::<Vec<_>>()}});
    let values = json!(vec![2_000; 1_000]);
    assert_eq!(fits(&many, &values), Some(false), "the first is wrong");
    let values = json!(vec![999; 1_000]);
    assert_eq!(fits(&many, &values), None);
}
