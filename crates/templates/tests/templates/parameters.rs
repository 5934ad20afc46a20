//! Parameters, against their schema.

use serde_json::{Value, json};
use windlass_templates::{Given, RenderError, Template};

use crate::support::{refused, run};

const PIPELINE: &str = r#"{"name":"n","jobs":[]}"#;

/// The parameters as they are used, or the pointers of what is wrong.
fn used(schema: &Value, given: &str) -> Result<String, Vec<String>> {
    let template = Template::parse(&schema.to_string(), PIPELINE)
        .unwrap_or_else(|faults| panic!("{schema}: {faults:?}"));
    match template.render(&Given { parameters: given, ..Given::default() }, &run(), &|| false) {
        Ok(rendered) => Ok(rendered.parameters),
        Err(RenderError::Parameters(faults)) => Err(faults.into_iter().map(|fault| fault.pointer).collect()),
        Err(RenderError::Failed(fault)) => panic!("{fault:?}"),
    }
}

fn schema_faults(schema: &Value) -> Vec<String> {
    refused(&schema.to_string(), PIPELINE)
}

#[test]
fn a_parameter_that_is_not_given_takes_its_default() {
    let schema = json!({"properties": {"a": {"type": "integer", "default": 30}, "b": {"default": {"x": [1.50]}}, "c": {}}});
    assert_eq!(used(&schema, r#"{"c":1}"#).unwrap(), r#"{"c":1,"a":30,"b":{"x":[1.5]}}"#);
    assert_eq!(used(&schema, r#"{"a":null}"#).unwrap_err(), ["/parameters/a"]);
    let required = json!({"required": ["a"], "properties": {"a": {"default": 1}}});
    assert_eq!(used(&required, "{}").unwrap(), r#"{"a":1}"#);
    let wrong = json!({"properties": {"a": {"type": "string", "default": 1}}});
    assert_eq!(used(&wrong, "{}").unwrap_err(), ["/parameters/a"]);
}

#[test]
fn defaults_are_kept_to_the_digit() {
    let schema = r#"{"properties":{"a":{"default":1e400},"b":{"default":1.50}}}"#;
    let template = Template::parse(schema, PIPELINE).unwrap();
    let rendered = template.render(&Given::default(), &run(), &|| false).unwrap();
    assert_eq!(rendered.parameters, r#"{"a":1e400,"b":1.50}"#);
}

#[test]
fn one_that_the_schema_does_not_list_is_refused_unless_it_says_otherwise() {
    assert_eq!(used(&json!({}), "{}").unwrap(), "{}");
    assert_eq!(used(&json!({}), r#"{"a":1}"#).unwrap_err(), ["/parameters/a"]);
    assert_eq!(
        used(&json!({"properties": {"a": {}}}), r#"{"a":1,"b":2,"c":3}"#).unwrap_err(),
        ["/parameters/b", "/parameters/c"]
    );
    for open in [json!(true), json!({"type": "integer"})] {
        assert!(used(&json!({"additionalProperties": open}), r#"{"a":1}"#).is_ok());
    }
    assert_eq!(
        used(&json!({"additionalProperties": {"type": "integer"}}), r#"{"a":"x"}"#).unwrap_err(),
        ["/parameters/a"]
    );
    assert!(used(&json!({"patternProperties": {"^x_": {}}}), r#"{"x_1":1}"#).is_ok());
    assert!(used(&json!({"allOf": [{"properties": {"a": {}}}]}), r#"{"a":1}"#).is_ok());
    for reserved in ["run", "item", "index", "range", "1a", "a-b"] {
        let given = json!({reserved: 1}).to_string();
        assert_eq!(
            used(&json!({"additionalProperties": true}), &given).unwrap_err(),
            [format!("/parameters/{reserved}")]
        );
    }
}

#[test]
fn what_the_schema_refuses_is_told_at_its_place() {
    let schema = json!({
        "type": "object", "required": ["samples", "n"],
        "properties": {"samples": {"type": "array", "items": {"type": "string", "pattern": "^[a-z/~]+$"}}, "n": {"type": "integer", "maximum": 9},
                       "o": {"type": "object", "properties": {"a/b": {"const": 1}}}},
    });
    assert_eq!(used(&schema, r#"{"samples":["a"],"n":9}"#).unwrap(), r#"{"samples":["a"],"n":9}"#);
    let mut wrong = used(&schema, r#"{"samples":["a","B",1],"o":{"a/b":2}}"#).unwrap_err();
    wrong.sort();
    assert_eq!(
        wrong,
        ["/parameters/n", "/parameters/o/a~1b", "/parameters/samples/1", "/parameters/samples/2"]
    );
    assert_eq!(used(&schema, r#"{"samples":[],"n":10}"#).unwrap_err(), ["/parameters/n"]);
    for other in ["[]", "1", "null"] {
        assert_eq!(used(&schema, other).unwrap_err(), ["/parameters"]);
    }
    assert_eq!(used(&schema, r#"{"samples":[],"n":1,"n":1}"#).unwrap_err(), ["/parameters/n"]);
}

#[test]
fn given_parameters_are_bounded() {
    let any = json!({"additionalProperties": true});
    let text = |bytes: usize| json!({"a": "x".repeat(bytes - 8)}).to_string();
    assert!(used(&any, &text(256 * 1_024)).is_ok());
    assert_eq!(used(&any, &text(256 * 1_024 + 1)).unwrap_err(), ["/parameters"]);
    let list = |items: usize| json!({"a": {"b": vec![0; items]}}).to_string();
    assert!(used(&any, &list(10_000)).is_ok());
    assert_eq!(used(&any, &list(10_001)).unwrap_err(), ["/parameters/a/b"]);
}

#[test]
fn a_schema_is_one_of_an_object_with_names_that_expressions_can_use() {
    for (schema, pointer) in [
        (json!([]), "/parameters"),
        (json!(true), "/parameters"),
        (json!({"type": "array"}), "/parameters/type"),
        (json!({"$schema": "http://json-schema.org/draft-07/schema#"}), "/parameters/$schema"),
        (json!({"properties": {"a-b": {}}}), "/parameters/properties/a-b"),
        (json!({"properties": {"item": {}}}), "/parameters/properties/item"),
        (json!({"properties": {"a": {"type": "text"}}}), "/parameters/properties/a/type"),
        (json!({"properties": {"a": {"minLength": -1}}}), "/parameters/properties/a/minLength"),
        (json!({"required": "a"}), "/parameters/required"),
    ] {
        assert_eq!(schema_faults(&schema), [pointer], "{schema}");
    }
    assert!(
        Template::parse(
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#,
            PIPELINE
        )
        .is_ok()
    );
}

#[test]
fn a_schema_refers_to_nothing_but_itself() {
    let own = json!({"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}});
    assert_eq!(used(&own, r#"{"a":"x"}"#).unwrap_err(), ["/parameters/a"]);
    for reference in
        ["http://example.com/schema", "file:///etc/passwd", "other.json", "#/$defs/none", "#anchor"]
    {
        let schema = json!({"properties": {"a": {"$ref": reference}}});
        assert_eq!(schema_faults(&schema), ["/parameters/properties/a/$ref"], "{reference}");
    }
    assert!(!schema_faults(&json!({"properties": {"a": {"$ref": "#"}}})).is_empty(), "it has no end");
    assert_eq!(schema_faults(&json!({"$id": "http://example.com/a"})), ["/parameters/$id"]);
}

#[test]
fn patterns_take_linear_time() {
    for pattern in ["(?=a)", "(a)\\1", "(?<!a)b"] {
        let schema = json!({"properties": {"a": {"pattern": pattern}}});
        assert!(!schema_faults(&schema).is_empty(), "{pattern}");
    }
    let slow = json!({"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}});
    let given = json!({"a": format!("{}b", "a".repeat(200_000))}).to_string();
    let begun = std::time::Instant::now();
    assert_eq!(used(&slow, &given).unwrap_err(), ["/parameters/a"]);
    assert!(begun.elapsed().as_secs() < 5);
    assert!(!schema_faults(&json!({"properties": {"a": {"pattern": "((\\w{200}){200}){200}"}}})).is_empty());
}

#[test]
fn a_schema_is_bounded() {
    let size = |bytes: usize| json!({"description": "x".repeat(bytes - 18)}).to_string();
    assert_eq!(size(64 * 1_024).len(), 64 * 1_024);
    assert!(Template::parse(&size(64 * 1_024), PIPELINE).is_ok());
    assert_eq!(refused(&size(64 * 1_024 + 1), PIPELINE), ["/parameters"]);
    let wide = |nodes: usize| json!({"$defs": (0..nodes).map(|at| (format!("d{at}"), json!({}))).collect::<serde_json::Map<_, _>>()});
    assert!(Template::parse(&wide(1_998).to_string(), PIPELINE).is_ok());
    assert_eq!(schema_faults(&wide(1_999)), ["/parameters"]);
    let deep = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({"not": inner}));
    assert!(Template::parse(&deep(32).to_string(), PIPELINE).is_ok());
    assert_eq!(schema_faults(&deep(33)).len(), 1);
    let doubling: serde_json::Map<String, Value> = (0..40)
        .map(|at| (format!("d{at}"), json!({"allOf": [{"$ref": format!("#/$defs/d{}", at + 1)}, {"$ref": format!("#/$defs/d{}", at + 1)}]})))
        .chain([("d40".to_owned(), json!({}))])
        .collect();
    assert!(!schema_faults(&json!({"$defs": doubling, "$ref": "#/$defs/d0"})).is_empty());
}

#[test]
fn a_validation_that_would_take_too_long_is_refused() {
    let many: Vec<Value> = (0..600).map(|at| json!({"minimum": at})).collect();
    let schema = json!({"properties": {"a": {"items": {"items": {"allOf": many}}}}});
    let given = json!({"a": vec![vec![1_000; 100]; 500]}).to_string();
    assert_eq!(used(&schema, &given).unwrap_err(), ["/parameters"]);
    assert!(used(&schema, r#"{"a":[[1000]]}"#).is_ok());
}

#[test]
fn a_reference_is_followed_through_whatever_name_it_goes() {
    let doubling = |to: &str| -> Value {
        let next = |at: usize| json!({"$ref": format!("{to}{}", at + 1)});
        (0..40)
            .map(|at| (format!("d{at}"), json!({"allOf": [next(at), next(at)]})))
            .chain([("d40".to_owned(), json!({}))])
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let schema = json!({"properties": {"const": {"$ref": "#/$defs/const/d0"}}, "$defs": {"const": doubling("#/$defs/const/d")}});
    assert!(!schema_faults(&schema).is_empty());
    // The validator decodes what stands behind a %; a walk that does not would look elsewhere.
    let mut hidden = doubling("#/$defs/%64");
    for at in 0..=40 {
        hidden[format!("%64{at}")] = json!({});
    }
    let schema = json!({"$defs": hidden, "$ref": "#/$defs/d0"});
    assert!(!schema_faults(&schema).is_empty());
    let plain =
        json!({"properties": {"const": {"$ref": "#/$defs/enum"}}, "$defs": {"enum": {"type": "integer"}}});
    assert_eq!(used(&plain, r#"{"const":"x"}"#).unwrap_err(), ["/parameters/const"]);
}

#[test]
fn thousands_of_unknown_names_are_told_up_to_a_hundred_in_time() {
    let names: serde_json::Map<String, Value> = (0..20_000).map(|at| (format!("a{at}"), json!(1))).collect();
    let given = Value::from(names).to_string();
    let begun = std::time::Instant::now();
    assert_eq!(used(&json!({}), &given).unwrap_err().len(), 100);
    assert!(begun.elapsed().as_secs() < 5);
}
