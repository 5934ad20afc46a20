//! `depends_on` of a template: stars, and edges to what was left out.

use serde_json::{Value, json};

use crate::support::{body, failed, refused};

/// The edges of the job `key`.
fn edges(jobs: &Value, key: &str) -> Value {
    let jobs = jobs.as_array().unwrap();
    jobs.iter().find(|job| job["key"] == key).unwrap_or_else(|| panic!("{key}"))["depends_on"].clone()
}

fn jobs(jobs: &Value, parameters: &Value) -> Value {
    body(&json!({"name": "n", "jobs": jobs}), parameters)["jobs"].take()
}

#[test]
fn a_star_stands_for_all_other_jobs_whose_key_begins_so_in_order() {
    let made = jobs(
        &json!([
            {"for_each": "{{ ['x', 'y'] }}", "key": "part-{{ item }}", "type": "t"},
            {"key": "part", "type": "t"},
            {"key": "part-z", "type": "t", "depends_on": ["part-*"]},
            {"key": "all", "type": "t", "depends_on": [{"job": "part*", "when": "always"}]},
            {"key": "own", "type": "t", "depends_on": ["part-y", "part-*", "*"]},
            {"key": "none", "type": "t", "depends_on": []},
        ]),
        &json!({}),
    );
    assert_eq!(edges(&made, "part-z"), json!(["part-x", "part-y"]));
    let always = |key: &str| json!({"job": key, "when": "always"});
    assert_eq!(edges(&made, "all"), json!(["part-x", "part-y", "part", "part-z"].map(always)));
    assert_eq!(edges(&made, "own"), json!(["part-y", "part-x", "part-z", "part", "all", "none"]));
    assert_eq!(edges(&made, "none"), json!([]));
}

#[test]
fn an_edge_to_what_an_if_or_an_empty_list_left_out_is_left_out_with_it() {
    let made = jobs(
        &json!([
            {"key": "a", "type": "t", "if": "{{ on }}"},
            {"for_each": "{{ list }}", "key": "b-{{ item }}", "type": "t"},
            {"key": "c", "type": "t"},
            {"key": "d", "type": "t", "depends_on": ["a", "b-*", "b-7", {"job": "c", "when": "failed"}]},
            {"key": "e", "type": "t", "depends_on": ["a"]},
        ]),
        &json!({"on": false, "list": []}),
    );
    assert_eq!(edges(&made, "d"), json!([{"job": "c", "when": "failed"}]));
    assert_eq!(edges(&made, "e"), json!([]));
}

#[test]
fn edges_may_be_expressions() {
    let made = jobs(
        &json!([
            {"for_each": "{{ range(3) }}", "key": "a{{ item }}", "type": "t",
             "depends_on": ["{{ 'a' ~ (index - 1) if index > 0 else 'z' }}"]},
            {"key": "z", "type": "t", "if": "{{ false }}"},
            {"key": "b", "type": "t", "depends_on": "{{ ['a0', 'a2'] }}"},
        ]),
        &json!({}),
    );
    assert_eq!(edges(&made, "a0"), json!([]));
    assert_eq!(edges(&made, "a2"), json!(["a1"]));
    assert_eq!(edges(&made, "b"), json!(["a0", "a2"]));
}

#[test]
fn an_edge_that_names_nothing_in_the_template_is_an_error() {
    let template = |edge: Value| {
        json!({"name": "n", "jobs": [
        {"key": "a", "type": "t"}, {"key": "b-{{ 1 }}", "type": "t"}, {"key": "c", "type": "t", "depends_on": ["a", edge]}]})
    };
    for edge in [json!("ghost"), json!("b"), json!("x*"), json!({"job": "ghost", "when": "failed"})] {
        assert_eq!(
            refused("{}", &template(edge.clone()).to_string()),
            ["/pipeline/jobs/2/depends_on/1"],
            "{edge}"
        );
    }
    for edge in ["{{ 'ghost' }}", "gh{{ 'ost' }}", "{{ 'x*' }}"] {
        assert_eq!(failed(&template(json!(edge)), &json!({})).0, "/pipeline/jobs/2/depends_on/1", "{edge}");
    }
    let whole = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "depends_on": "{{ ['ghost'] }}"}]});
    assert_eq!(failed(&whole, &json!({})).0, "/pipeline/jobs/0/depends_on/0");
}

#[test]
fn what_could_not_be_an_edge_is_left_to_the_reader_of_the_body() {
    let made = jobs(&json!([{"key": "a", "type": "t", "depends_on": ["{{ 1 }}", {"job": 2}]}]), &json!({}));
    assert_eq!(edges(&made, "a"), json!([1, {"job": 2}]));
}
