//! What is seen of a template when it is put.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_templates::Template;

use crate::support::refused;

#[test]
fn every_expression_parses() {
    let pipeline = json!({"name": "{{ a", "metadata": {"x/y": "{{ }}"}, "jobs": [
        {"key": "a", "type": "t", "payload": [1, "{{ 1 + }}"], "tasks": [{"payload": "ok {{ 'a }}"}]}]});
    let mut faults = refused("{}", &pipeline.to_string());
    faults.sort();
    assert_eq!(
        faults,
        [
            "/pipeline/jobs/0/payload/1",
            "/pipeline/jobs/0/tasks/0/payload",
            "/pipeline/metadata/x~1y",
            "/pipeline/name"
        ]
    );
}

#[test]
fn for_each_and_if_have_their_shape() {
    let pipeline = json!({"name": "n", "jobs": [
        {"key": "a", "type": "t", "for_each": "list", "if": "{{ true }}"},
        {"key": "b", "type": "t", "if": 1, "tasks": [{"for_each": 3}, {"if": "x{{ true }}"}, {"for_each": [1], "if": false}]}]});
    assert_eq!(
        refused("{}", &pipeline.to_string()),
        [
            "/pipeline/jobs/0/for_each",
            "/pipeline/jobs/1/if",
            "/pipeline/jobs/1/tasks/0/for_each",
            "/pipeline/jobs/1/tasks/1/if"
        ]
    );
    assert_eq!(refused("{}", "[]"), ["/pipeline"]);
}

#[test]
fn a_probe_is_wrong_only_where_the_template_is_or_an_expression_stands() {
    let pipeline = json!({
        "name": "a {{ n }}", "priority": "{{ p }}", "sealed": true,
        "jobs": [
            {"key": "a", "type": "{{ t }}", "for_each": "{{ l }}", "depends_on": ["b", {"job": "c*", "when": "never"}, 7]},
            {"key": "b", "type": 1, "if": "{{ c }}", "tasks": [{"for_each": "{{ l }}", "payload": "{{ item }}"}, "{{ task }}"]},
            {"key": "c {{ 1 }}", "type": "t"}, {"key": "b", "type": "t"}, {"key": "b c", "type": "t"}, "{{ job }}",
        ],
    });
    let probe = Template::parse("{\"additionalProperties\":true}", &pipeline.to_string()).unwrap().probe();
    let body: Value = serde_json::from_str(&probe.body).unwrap();
    assert_eq!(body["jobs"].as_array().unwrap().len(), 8, "two more jobs for the edges");
    assert_eq!(
        body["jobs"][0],
        json!({"key": "job-0", "type": null, "depends_on": ["edge-0", {"job": "edge-1", "when": "never"}, 7]})
    );
    assert_eq!(body["jobs"][1], json!({"key": "job-1", "type": 1, "tasks": [{"payload": null}, "open"]}));
    assert_eq!(body["jobs"][4]["key"], "b c");
    assert_eq!(body["sealed"], true);
    let open: BTreeSet<&str> = probe.open.iter().map(String::as_str).collect();
    let expected =
        ["/name", "/priority", "/jobs/0/type", "/jobs/1/tasks/0/payload", "/jobs/1/tasks/1", "/jobs/5"];
    assert_eq!(open, expected.into());
}
