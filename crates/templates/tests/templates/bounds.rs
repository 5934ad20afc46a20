//! How much a rendering may take and give.

use std::cell::Cell;

use serde_json::{Value, json};
use windlass_templates::{Given, RenderError, Template};

use crate::support::{ANY, body, failed, payload, run};

const ALL: &str = "/pipeline/jobs";
const MANY_TASKS: &str = "the rendering gives more than 10000 tasks";

fn of_jobs(list: &str) -> Value {
    json!({"name": "n", "jobs": [{"for_each": list, "key": "a{{ index }}", "type": "t"}]})
}

fn of_tasks(list: &str) -> Value {
    json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [{"for_each": list}]}]})
}

#[test]
fn a_thousand_jobs_and_ten_thousand_tasks_and_no_more() {
    assert_eq!(body(&of_jobs("{{ range(1000) }}"), &json!({}))["jobs"].as_array().unwrap().len(), 1_000);
    assert!(failed(&of_jobs("{{ range(1001) }}"), &json!({})).0.starts_with(ALL));
    let two = json!({"name": "n", "jobs": [
        {"for_each": "{{ range(600) }}", "key": "a{{ index }}", "type": "t"},
        {"for_each": "{{ range(600) }}", "key": "b{{ index }}", "type": "t"}]});
    assert_eq!(failed(&two, &json!({})).0, ALL);
    let tasks = body(&of_tasks("{{ range(10000) }}"), &json!({}));
    assert_eq!(tasks["jobs"][0]["tasks"].as_array().unwrap().len(), 10_000);
    assert!(failed(&of_tasks("{{ range(10001) }}"), &json!({})).0.starts_with(ALL));
    let jobs = json!({"name": "n", "jobs": [{"for_each": "{{ range(11) }}", "key": "a{{ index }}", "type": "t",
        "tasks": [{"for_each": "{{ range(1000) }}"}]}]});
    assert_eq!(failed(&jobs, &json!({})).0, ALL);
    assert_eq!(
        failed(
            &json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": "{{ [{}] * 10001 }}"}]}),
            &json!({})
        )
        .0,
        ALL
    );
}

#[test]
fn a_million_steps_over_all_expressions() {
    let (pointer, detail) = failed(&payload("{{ ('x' * 70000000) | length }}"), &json!({}));
    assert_eq!(pointer, "/pipeline/jobs/0/payload");
    assert!(detail.contains("1000000 steps"), "{detail}");
    let many = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [
        {"for_each": "{{ range(10000) }}", "payload": "{{ range(1000) | sum }}"}]}]});
    assert_eq!(failed(&many, &json!({})).0, ALL);
}

#[test]
fn a_value_that_unfolds_as_it_is_written_is_cut_off_at_16_mib() {
    let (pointer, detail) = failed(&payload("{{ ['x' * 100000] * 10000 }}"), &json!({}));
    assert_eq!(
        (pointer.as_str(), detail.contains("16777216")),
        ("/pipeline/jobs/0/payload", true),
        "{detail}"
    );
    let (pointer, _) = failed(&payload("a{{ ['x' * 100000] * 10000 }}"), &json!({}));
    assert_eq!(pointer, "/pipeline/jobs/0/payload");
    let many = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [
        {"for_each": "{{ range(2000) }}", "payload": "{{ text }}"}]}]});
    assert_eq!(failed(&many, &json!({"text": "x".repeat(10_000)})).0, ALL);
}

#[test]
fn sixteen_mib_fit_to_the_byte() {
    let text = |bytes: usize| {
        let pipeline = payload("x".repeat(bytes)).to_string();
        let template = Template::parse("{}", &pipeline).unwrap();
        template.render(&Given::default(), &run(), &|| false).map(|rendered| rendered.body.len())
    };
    let most = 16 * 1_024 * 1_024;
    let around = text(0).unwrap();
    assert_eq!(text(most - around).unwrap(), most);
    assert!(matches!(text(most - around + 1), Err(RenderError::Failed(fault)) if fault.pointer == ALL));
}

#[test]
fn what_takes_too_long_ends_between_two_expressions() {
    let template = Template::parse(
        "{}",
        &of_tasks("{{ range(100) }}").to_string().replace("[{", "[{\"if\":\"{{ true }}\","),
    )
    .unwrap();
    let left = Cell::new(50);
    let expired = || {
        left.set(left.get() - 1);
        left.get() < 0
    };
    let error = template.render(&Given::default(), &run(), &expired).unwrap_err();
    assert!(
        matches!(error, RenderError::Failed(fault) if fault.pointer == ALL && fault.detail.contains("too long"))
    );
    assert_eq!(left.get(), -1);
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert!(
        matches!(failed(&payload("{{ a }}"), &json!({"a": nested(126)})), (at, _) if at == "/pipeline/jobs/0/payload")
    );
    assert_eq!(body(&payload("{{ a }}"), &json!({"a": nested(100)}))["jobs"][0]["payload"], nested(100));
}

/// How a rendering ends whose time is over once it was asked for so often.
#[track_caller]
fn expires_after(asked: i32, pipeline: &Value, parameters: &Value) -> (String, String) {
    let template = Template::parse(ANY, &pipeline.to_string()).unwrap();
    let left = Cell::new(asked);
    let expired = || {
        left.set(left.get() - 1);
        left.get() < 0
    };
    let given = parameters.to_string();
    match template.render(&Given { parameters: &given, ..Given::default() }, &run(), &expired) {
        Err(RenderError::Failed(fault)) => (fault.pointer, fault.detail),
        other => panic!("{asked}: {other:?}"),
    }
}

#[test]
fn a_list_of_which_all_is_left_out_ends_in_time() {
    let jobs = json!({"name": "n", "jobs": [
        {"for_each": "{{ [1] * 100000000 }}", "if": false, "key": "a{{ index }}", "type": "t"}]});
    let tasks = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [
        {"for_each": "{{ [1] * 100000000 }}", "if": false}]}]});
    for pipeline in [jobs, tasks] {
        let (pointer, detail) = expires_after(20_000, &pipeline, &json!({}));
        assert_eq!((pointer.as_str(), detail.contains("too long")), (ALL, true), "{detail}");
    }
}

#[test]
fn what_is_left_out_does_not_count() {
    let jobs = json!({"name": "n", "jobs": [
        {"for_each": "{{ range(3000) }}", "if": "{{ index % 3 == 0 }}", "key": "a{{ index }}", "type": "t"}]});
    assert_eq!(body(&jobs, &json!({}))["jobs"].as_array().unwrap().len(), 1_000);
    let tasks = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [
        {"for_each": "{{ range(20000) }}", "if": "{{ index % 2 == 0 }}"}]}]});
    assert_eq!(body(&tasks, &json!({}))["jobs"][0]["tasks"].as_array().unwrap().len(), 10_000);
    let more = json!({"name": "n", "jobs": [
        {"for_each": "{{ range(3001) }}", "if": "{{ index % 3 == 0 }}", "key": "a{{ index }}", "type": "t"}]});
    assert_eq!(failed(&more, &json!({})).0, ALL);
}

#[test]
fn edges_are_under_the_time_limit() {
    let jobs: Vec<Value> = (0..4)
        .map(|at| json!({"key": format!("a{at}"), "type": "t", "depends_on": vec!["a*"; 100]}))
        .collect();
    let (pointer, detail) = expires_after(150, &json!({"name": "n", "jobs": jobs}), &json!({}));
    assert_eq!((pointer.as_str(), detail.contains("too long")), (ALL, true), "{detail}");
}

#[test]
fn tasks_count_whatever_they_come_from() {
    let tasks = |list: &str| json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": list}]});
    // A list that is filtered on the way does not tell its length.
    for list in ["{{ ([{}] * 10001) | map('default') }}", "{{ ([{}] * 10001)[0:] }}", "{{ range(10001) }}"] {
        assert_eq!(failed(&tasks(list), &json!({})), (ALL.to_owned(), MANY_TASKS.to_owned()), "{list}");
    }
    let made = body(&tasks("{{ [{}] * 10000 }}"), &json!({}));
    assert_eq!(made["jobs"][0]["tasks"].as_array().unwrap().len(), 10_000);
}

#[test]
fn tasks_of_jobs_that_an_expression_gives_count() {
    let job = |key: &str, tasks: usize| json!({"key": key, "type": "t", "tasks": vec![json!({}); tasks]});
    let two = |tasks: usize| json!({"one": job("a", 5_000), "other": job("b", tasks)});
    for jobs in [json!("{{ [one, other] }}"), json!(["{{ one }}", "{{ other }}"])] {
        let pipeline = json!({"name": "n", "jobs": jobs});
        assert_eq!(body(&pipeline, &two(5_000))["jobs"].as_array().unwrap().len(), 2);
        assert_eq!(failed(&pipeline, &two(5_001)), (ALL.to_owned(), MANY_TASKS.to_owned()), "{pipeline}");
    }
}
