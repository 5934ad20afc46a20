//! What a call says instead of the template.

use serde_json::{Value, json};
use windlass_templates::{Given, Template};

use crate::support::run;

fn rendered(pipeline: &Value, given: &Given<'_>) -> Value {
    let template = Template::parse("{}", &pipeline.to_string()).unwrap();
    serde_json::from_str(&template.render(given, &run(), &|| false).unwrap().body).unwrap()
}

#[test]
fn what_is_given_replaces_what_the_template_says_and_metadata_is_merged_over_it() {
    let pipeline = json!({"name": "{{ run.name }}", "paused": false, "metadata": {"project": "x", "who": {"a": "{{ run.version }}"}}, "jobs": []});
    let given = Given {
        name: Some(r#""mine""#),
        priority: Some(r#""high""#),
        paused: Some("true"),
        correlation_id: Some(r#""c""#),
        deadline_at: Some(r#""2030-01-01T00:00:00Z""#),
        metadata: Some(r#"{"who":{"b":1},"more":[]}"#),
        ..Given::default()
    };
    let expected = json!({
        "name": "mine", "paused": true, "priority": "high", "correlation_id": "c", "deadline_at": "2030-01-01T00:00:00Z",
        "metadata": {"project": "x", "who": {"a": 3, "b": 1}, "more": []}, "jobs": [],
    });
    assert_eq!(rendered(&pipeline, &given), expected);
    assert_eq!(rendered(&pipeline, &Given::default())["name"], "t");
}

#[test]
fn what_the_template_does_not_say_is_added() {
    let pipeline = json!({"name": "n", "jobs": []});
    let given = Given { metadata: Some(r#"{"a":1,"b":null}"#), paused: Some("true"), ..Given::default() };
    assert_eq!(
        rendered(&pipeline, &given),
        json!({"name": "n", "jobs": [], "paused": true, "metadata": {"a": 1}})
    );
}
