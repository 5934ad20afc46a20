//! What all of them need.

use serde_json::{Value, json};
use windlass_templates::{Given, RenderError, Rendered, Run, ScheduledRun, Template};

/// A schema that takes any parameters.
pub(crate) const ANY: &str = r#"{"additionalProperties": true}"#;

/// A run by hand.
pub(crate) fn run() -> Run {
    Run { name: "t".to_owned(), version: 3, created_at: "2026-11-22T20:00:00Z".to_owned(), schedule: None }
}

/// A run of a schedule.
pub(crate) fn scheduled() -> Run {
    let schedule = ScheduledRun {
        schedule: "nightly".to_owned(),
        scheduled_at: "2026-11-22T02:00:00Z".to_owned(),
        scheduled_local: "2026-11-22T03:00:00+01:00".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    };
    Run { schedule: Some(schedule), ..run() }
}

/// Fills a template in that takes any parameters.
pub(crate) fn render(pipeline: &str, parameters: &str) -> Result<Rendered, RenderError> {
    let template = Template::parse(ANY, pipeline).unwrap_or_else(|faults| panic!("{pipeline}: {faults:?}"));
    template.render(&Given { parameters, ..Given::default() }, &run(), &|| false)
}

/// The body, read as values.
#[track_caller]
pub(crate) fn body(pipeline: &Value, parameters: &Value) -> Value {
    let rendered = render(&pipeline.to_string(), &parameters.to_string());
    serde_json::from_str(&rendered.unwrap_or_else(|error| panic!("{pipeline}: {error:?}")).body).unwrap()
}

/// Where a rendering failed, and what it said.
#[track_caller]
pub(crate) fn failed(pipeline: &Value, parameters: &Value) -> (String, String) {
    match render(&pipeline.to_string(), &parameters.to_string()) {
        Err(RenderError::Failed(fault)) => (fault.pointer, fault.detail),
        other => panic!("{pipeline}: {other:?}"),
    }
}

/// A pipeline whose only payload is this.
pub(crate) fn payload(payload: impl Into<Value>) -> Value {
    json!({"name": "n", "jobs": [{"key": "a", "type": "t", "payload": payload.into()}]})
}

/// What becomes of a payload.
#[track_caller]
pub(crate) fn filled(template: impl Into<Value>, parameters: &Value) -> Value {
    body(&payload(template), parameters)["jobs"][0]["payload"].take()
}

/// The faults of a template that is put.
#[track_caller]
pub(crate) fn refused(parameters: &str, pipeline: &str) -> Vec<String> {
    let faults = Template::parse(parameters, pipeline).map(drop).expect_err(pipeline);
    assert!(faults.iter().all(|fault| !fault.detail.is_empty()));
    faults.into_iter().map(|fault| fault.pointer).collect()
}
