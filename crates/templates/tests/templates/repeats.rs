//! `for_each` and `if`, on jobs and on tasks.

use serde_json::{Value, json};

use crate::support::{body, failed};

fn jobs(jobs: &Value, parameters: &Value) -> Value {
    body(&json!({"name": "n", "jobs": jobs}), parameters)["jobs"].take()
}

#[test]
fn an_item_is_repeated_with_item_and_index() {
    let made = jobs(
        &json!([{"for_each": "{{ names }}", "key": "a-{{ index }}", "type": "t", "payload": "{{ item }}",
            "tasks": [{"for_each": "{{ range(index + 1) }}", "payload": ["{{ item }}", "{{ index }}"]}, {"payload": "{{ item }}"}]}]),
        &json!({"names": ["x", "y"]}),
    );
    assert_eq!(
        made,
        json!([
            {"key": "a-0", "type": "t", "payload": "x", "tasks": [{"payload": [0, 0]}, {"payload": "x"}]},
            {"key": "a-1", "type": "t", "payload": "y", "tasks": [{"payload": [0, 0]}, {"payload": [1, 1]}, {"payload": "y"}]},
        ]),
        "an inner item hides the outer"
    );
}

#[test]
fn an_item_is_left_out_where_its_condition_is_false_looked_at_for_each() {
    let made = jobs(
        &json!([
            {"key": "a", "type": "t", "if": "{{ on }}"}, {"key": "b", "type": "t", "if": "{{ not on }}"},
            {"key": "c", "type": "t", "if": true}, {"key": "d", "type": "t", "if": false},
            {"for_each": "{{ [1, 2, 3] }}", "if": "{{ item != 2 and index < 5 }}", "key": "e{{ item }}", "type": "t"},
            {"key": "f", "type": "t", "tasks": [{"if": "{{ on }}"}, {"for_each": [1, "{{ two }}"], "if": "{{ item > 1 }}", "payload": "{{ item }}"}]},
        ]),
        &json!({"on": false, "two": 2}),
    );
    let keys: Vec<&Value> = made.as_array().unwrap().iter().map(|job| &job["key"]).collect();
    assert_eq!(keys, ["b", "c", "e1", "e3", "f"]);
    assert_eq!(made[4]["tasks"], json!([{"payload": 2}]));
}

#[test]
fn lists_may_come_from_filters_and_be_empty() {
    let made = jobs(
        &json!([{"key": "a", "type": "t", "tasks": [
            {"for_each": "{{ all | map(attribute='n') }}", "payload": "{{ item }}"},
            {"for_each": "{{ all | selectattr('on') | list }}", "payload": "{{ item.n }}"},
            {"for_each": "{{ [] }}", "payload": 0}]}]),
        &json!({"all": [{"n": 1, "on": true}, {"n": 2, "on": false}]}),
    );
    assert_eq!(made[0]["tasks"], json!([{"payload": 1}, {"payload": 2}, {"payload": 1}]));
}

#[test]
fn jobs_and_tasks_may_be_the_value_of_an_expression() {
    let job = json!({"key": "a", "type": "t", "tasks": [{"payload": 1}]});
    assert_eq!(
        body(&json!({"name": "n", "jobs": "{{ jobs }}"}), &json!({"jobs": [job]}))["jobs"],
        json!([job])
    );
    assert_eq!(jobs(&json!(["{{ job }}"]), &json!({"job": job})), json!([job]));
    let made = jobs(
        &json!([{"key": "a", "type": "t", "tasks": "{{ tasks }}"}]),
        &json!({"tasks": [{"payload": 2}]}),
    );
    assert_eq!(made[0]["tasks"], json!([{"payload": 2}]));
}

#[test]
fn what_is_no_list_and_no_condition_fails_at_its_place() {
    let job = |field: &str, value: &str| {
        let mut job = json!({"key": "a", "type": "t"});
        job[field] = json!(value);
        json!({"name": "n", "jobs": [{"key": "z", "type": "t"}, job]})
    };
    for value in ["{{ 'text' }}", "{{ 3 }}", "{{ none }}", "{{ {'a': 1} }}", "{{ nope }}"] {
        assert_eq!(failed(&job("for_each", value), &json!({})).0, "/pipeline/jobs/1/for_each", "{value}");
    }
    for value in ["{{ 1 }}", "{{ 'true' }}", "{{ none }}", "{{ [] }}", "{{ nope }}"] {
        assert_eq!(failed(&job("if", value), &json!({})).0, "/pipeline/jobs/1/if", "{value}");
    }
    let tasks = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [{}, {"for_each": "{{ [1] }}", "if": "{{ item }}"}]}]});
    assert_eq!(failed(&tasks, &json!({})).0, "/pipeline/jobs/0/tasks/1/if");
    assert_eq!(failed(&json!({"name": "n", "jobs": "{{ 1 }}"}), &json!({})).0, "/pipeline/jobs");
}
