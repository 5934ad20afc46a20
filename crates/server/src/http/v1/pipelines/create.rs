//! `POST /v1/pipelines`.

use axum::extract::State;
use windlass_domain::{CorrelationId, Limits, Name, Priority};
use windlass_store::{Job, NewPipeline, Once, Pipeline};
use windlass_wire as wire;

use super::graph::Scope;
use super::read::read_jobs;
use super::show;
use crate::app::App;
use crate::engine::within;
use crate::http::body::{CreateBody, Field};
use crate::http::correlation;
use crate::http::headers::{IdempotencyParameters, Origin};
use crate::http::{Created, Creation, PRIORITIES, Problem};

/// Create a pipeline
///
/// Creates the pipeline, its jobs, their edges and their tasks in one transaction. Everything but `name` and `jobs`
/// is optional. A sealed job without `tasks` gets one task with the job's `payload`; with `"tasks": []` it is a join
/// node, which succeeds as it opens. Up to 1,000 jobs and 10,000 tasks a call, in a body of up to 16 MiB.
#[utoipa::path(post, path = "/v1/pipelines", tag = "producers", operation_id = "create_pipeline",
    params(IdempotencyParameters),
    request_body(content = wire::NewPipeline, example = json!({
        "name": "tile-ingest",
        "priority": "high",
        "jobs": [
            {"key": "scan", "type": "scan-dir", "payload": {"path": "/data"}},
            {"key": "hash", "type": "hash-files", "depends_on": ["scan"], "sealed": false},
            {"key": "report", "type": "report", "depends_on": [{"job": "hash", "when": "finished"}]}
        ]
    })),
    responses((status = 201, description = "The pipeline, with its jobs in the order given.", body = wire::Pipeline,
        headers(
            ("location" = String, description = "The path of the pipeline."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, given again.")
        ))),
    extensions(("x-problems" = json!([
        "validation_failed", "dependency_cycle", "unknown_dependency", "duplicate_key", "idempotency_key_reused"
    ]))))]
pub(crate) async fn create_pipeline(
    State(app): State<App>,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Pipeline>, Problem> {
    let new = body.read(|root| read(root, app.limits(), origin))?;
    correlation::belongs_to(new.correlation_id.as_str());
    let render = |made: &(Pipeline, Vec<Job>)| created(made.clone()).kept();
    let once = key.map(|key| Once { key, render: &render });
    let answer = within(app.store().create_pipeline(new, once)).await?;
    Ok(Creation::of(answer, created))
}

fn created((pipeline, jobs): (Pipeline, Vec<Job>)) -> Created<wire::Pipeline> {
    let location = Some(format!("/v1/pipelines/{}", pipeline.id));
    Created { location, body: show::pipeline(pipeline, jobs) }
}

fn read(root: Field<'_>, limits: &Limits, origin: Origin) -> Option<NewPipeline> {
    root.object(|pipeline| {
        let name = pipeline.required("name", |field| field.text(Name::parse));
        let priority = pipeline.given("priority", |field| field.word(Priority::parse, PRIORITIES));
        let correlation_id = pipeline.optional("correlation_id", |field| field.text(CorrelationId::parse));
        let metadata = pipeline.given("metadata", |field| field.json_object(limits.json_bytes));
        let fail_fast = pipeline.given("fail_fast", |field| field.flag());
        let paused = pipeline.given("paused", |field| field.flag());
        let sealed = pipeline.given("sealed", |field| field.flag()).unwrap_or(true);
        let bounds = usize::from(sealed)..=limits.jobs_per_pipeline;
        let jobs = pipeline.required("jobs", |field| read_jobs(field, bounds, Scope::Whole, limits));
        Some(NewPipeline {
            name: name?,
            priority: priority.unwrap_or_default(),
            correlation_id: correlation_id.unwrap_or(origin.correlation_id),
            metadata,
            fail_fast: fail_fast.unwrap_or(false),
            paused: paused.unwrap_or(false),
            sealed,
            trace: origin.trace,
            jobs: jobs?,
        })
    })
}

#[cfg(test)]
mod tests {
    use windlass_store::Trace;

    use super::*;
    use crate::http::body::Body;

    fn create(body: &str) -> Result<NewPipeline, Vec<String>> {
        let origin =
            Origin { correlation_id: CorrelationId::parse("request").unwrap(), trace: Trace::default() };
        Body::of(body.as_bytes()).read(|root| read(root, &Limits::default(), origin)).map_err(|problem| {
            problem.into_wire().errors.unwrap().into_iter().map(|error| error.pointer).collect()
        })
    }

    #[test]
    fn the_request_id_stands_in_for_a_correlation_id() {
        let job = r#"[{"key":"a","type":"t"}]"#;
        for absent in ["", r#","correlation_id":null"#] {
            let new = create(&format!(r#"{{"name":"n","jobs":{job}{absent}}}"#)).unwrap();
            assert_eq!(new.correlation_id.as_str(), "request");
        }
        let new = create(&format!(r#"{{"name":"n","jobs":{job},"correlation_id":"mine"}}"#)).unwrap();
        assert_eq!(new.correlation_id.as_str(), "mine");
    }

    #[test]
    fn no_jobs_only_when_more_will_come() {
        assert!(create(r#"{"name":"n","jobs":[],"sealed":false}"#).is_ok());
        assert_eq!(create(r#"{"name":"n","jobs":[]}"#).unwrap_err(), ["/jobs"]);
        assert_eq!(create(r#"{"name":"n","sealed":false}"#).unwrap_err(), ["/jobs"]);
    }

    #[test]
    fn names_and_words_are_bounded() {
        let with = |field: &str| create(&format!(r#"{{"jobs":[],"sealed":false,"name":"n"{field}}}"#));
        assert!(with("").is_ok());
        assert_eq!(with(r#","name":"n""#).unwrap_err(), ["/name"]);
        assert_eq!(
            with(r#","priority":"urgent","metadata":[],"paused":0"#).unwrap_err(),
            ["/priority", "/metadata", "/paused"]
        );
        assert_eq!(create("[]").unwrap_err(), [""]);
    }
}
