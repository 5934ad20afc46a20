//! Where expressions stand, what they see, and what becomes of their values.

use serde_json::{Value, json};
use windlass_templates::{Given, Template};

use crate::support::{ANY, failed, filled, payload, run, scheduled};

#[test]
fn one_expression_and_nothing_else_becomes_its_value_of_any_type() {
    let value = json!({"s": "x", "n": 3, "f": 1.5, "t": true, "z": null, "l": [1, "a", null], "o": {"b": 1, "a": [2]}});
    for name in ["s", "n", "f", "t", "z", "l", "o"] {
        assert_eq!(filled(format!("{{{{ {name} }}}}"), &value), value[name], "{name}");
    }
    assert_eq!(filled("{{ l | length + n }}", &value), 6);
    assert_eq!(filled("{{ {'k': [n, s]} }}", &value), json!({"k": [3, "x"]}));
    assert_eq!(filled("{{ range(3) }}", &value), json!([0, 1, 2]));
    assert_eq!(filled("{{ (1, 2) }}", &value), json!([1, 2]));
}

#[test]
fn values_are_put_into_text_as_they_are_or_as_json() {
    let value = json!({"s": "x\"y", "n": 3, "f": 1.5, "t": true, "z": null, "l": [1, "a"], "o": {"a": "b"}});
    for (template, text) in [
        ("{{ s }}!", "x\"y!"),
        ("a{{ n }}b{{ f }}", "a3b1.5"),
        ("{{ t }},{{ z }}", "true,null"),
        ("{{ l }} {{ o }}", r#"[1,"a"] {"a":"b"}"#),
        (" {{ n }}", " 3"),
        ("{{ '{{' }} and {{ '}}' }}", "{{ and }}"),
    ] {
        assert_eq!(filled(template, &value), text, "{template}");
    }
}

#[test]
fn nothing_else_is_special_and_keys_are_none() {
    for text in ["{% if a %}x{% endif %}", "{# a #}", "{ {a} }", "}}", "%}", "a\\n\u{e9}"] {
        assert_eq!(filled(text, &json!({})), text);
    }
    assert_eq!(filled(json!({"{{ a }}": "{{ 1 }}"}), &json!({})), json!({"{{ a }}": 1}));
}

#[test]
fn an_object_keeps_the_order_of_its_keys() {
    let template = Template::parse(ANY, &payload("{{ o }}").to_string()).unwrap();
    let given = Given { parameters: r#"{"o":{"z":1,"a":2,"m":{"y":1,"b":2}}}"#, ..Given::default() };
    let body = template.render(&given, &run(), &|| false).unwrap().body;
    assert!(body.contains(r#"{"z":1,"a":2,"m":{"y":1,"b":2}}"#), "{body}");
}

#[test]
fn they_see_the_run_and_of_a_schedule_its_time() {
    let seen = "{{ [run.name, run.version, run.created_at, run.scheduled_at, run.scheduled_local, run.timezone, run.schedule] }}";
    let template = Template::parse("{}", &payload(seen).to_string()).unwrap();
    let of = |run| -> Value {
        let body = template.render(&Given::default(), &run, &|| false).unwrap().body;
        serde_json::from_str::<Value>(&body).unwrap()["jobs"][0]["payload"].take()
    };
    assert_eq!(of(run()), json!(["t", 3, "2026-11-22T20:00:00Z", null, null, null, null]));
    assert_eq!(
        of(scheduled()),
        json!([
            "t",
            3,
            "2026-11-22T20:00:00Z",
            "2026-11-22T02:00:00Z",
            "2026-11-22T03:00:00+01:00",
            "Europe/Berlin",
            "nightly"
        ])
    );
}

#[test]
fn an_undefined_value_is_an_error_at_its_place() {
    for template in [
        "{{ nope }}",
        "x{{ nope }}",
        "{{ [nope] }}",
        "{{ {'a': nope} }}",
        "{{ 1 if false }}",
        "{{ run.nope }}",
        "{{ item }}",
        "{{ index }}",
        "{{ o.a.b.c }}",
    ] {
        let (pointer, detail) = failed(&payload(json!({"deep": [template]})), &json!({"o": {}}));
        assert_eq!(pointer, "/jobs/0/payload/deep/0".replacen("/jobs", "/pipeline/jobs", 1), "{template}");
        assert!(detail.contains("undefined"), "{template}: {detail}");
    }
    assert_eq!(filled("{{ nope | default(7) }}", &json!({})), 7);
    assert_eq!(filled("{{ nope is defined }}", &json!({})), false);
}

#[test]
fn what_is_no_json_is_an_error() {
    for template in
        ["{{ range }}", "{{ {1: 2} }}", "{{ 1e308 * 10 }}", "{{ nope() }}", "{{ 1 | nope }}", "{{ 'a' - 1 }}"]
    {
        assert_eq!(failed(&payload(template), &json!({})).0, "/pipeline/jobs/0/payload", "{template}");
    }
}

#[test]
fn no_way_leads_out() {
    for source in [
        "debug()",
        "namespace()",
        "now()",
        "env",
        "self",
        "loop",
        "include('a')",
        "lipsum()",
        "cycler()",
        "joiner()",
    ] {
        assert_eq!(
            failed(&payload(format!("{{{{ {source} }}}}")), &json!({})).0,
            "/pipeline/jobs/0/payload",
            "{source}"
        );
    }
}

#[test]
fn names_of_parameters_hide_functions_and_no_more() {
    assert_eq!(filled("{{ dict }}", &json!({"dict": 1})), 1);
    assert_eq!(filled("{{ range(2) | list }}", &json!({"dict": 1})), json!([0, 1]));
}
