//! `POST /v1/jobs`.

use axum::extract::State;
use windlass_domain::{CorrelationId, JobKey, Limits, Name, Priority};
use windlass_store::{Job, NewPipeline, Once};
use windlass_wire as wire;

use super::read::JobFields;
use super::show;
use crate::app::App;
use crate::engine::within;
use crate::http::body::{CreateBody, Field};
use crate::http::correlation;
use crate::http::headers::{IdempotencyParameters, Origin};
use crate::http::tasks::read::TaskReader;
use crate::http::{Created, Creation, PRIORITIES, Problem};

/// Create a job that stands alone
///
/// The job gets a sealed pipeline of one, named after its type. `key` defaults to the type. A sealed job without
/// `tasks` gets one task with the job's `payload`. Up to 10,000 tasks a call.
#[utoipa::path(post, path = "/v1/jobs", tag = "producers", operation_id = "create_job",
    params(IdempotencyParameters),
    request_body(content = wire::NewStandaloneJob, example = json!({
        "type": "resize-image", "priority": "high", "payload": {"source": "in/1.png", "width": 800}
    })),
    responses((status = 201, description = "The job.", body = wire::Job,
        headers(
            ("location" = String, description = "The path of the job."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, given again.")
        ))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn create_job(
    State(app): State<App>,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Job>, Problem> {
    let new = body.read(|root| read(root, app.limits(), origin))?;
    correlation::belongs_to(new.correlation_id.as_str());
    let render = |made: &Job| created(made.clone()).kept();
    let once = key.map(|key| Once { key, render: &render });
    let answer = within(app.store().create_job(new, once)).await?;
    Ok(Creation::of(answer, created))
}

fn created(job: Job) -> Created<wire::Job> {
    Created { location: Some(format!("/v1/jobs/{}", job.id)), body: show::job(job) }
}

fn read(root: Field<'_>, limits: &Limits, origin: Origin) -> Option<NewPipeline> {
    root.object(|job| {
        let key = job.given("key", |field| field.text(JobKey::parse));
        let priority = job.given("priority", |field| field.word(Priority::parse, PRIORITIES));
        let correlation_id = job.optional("correlation_id", |field| field.text(CorrelationId::parse));
        let fields = JobFields::take(job, limits, &TaskReader::new(limits))?;
        let of_type = fields.type_name().as_str();
        let name = Name::parse(of_type).expect("types are shorter than names");
        let key =
            key.unwrap_or_else(|| JobKey::parse(of_type).expect("types and keys have the same characters"));
        Some(NewPipeline {
            name,
            priority: priority.unwrap_or_default(),
            correlation_id: correlation_id.unwrap_or(origin.correlation_id),
            metadata: None,
            fail_fast: false,
            paused: false,
            sealed: true,
            trace: origin.trace,
            jobs: vec![fields.at(key, Vec::new())],
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
    fn the_pipeline_of_one_is_named_after_the_type() {
        let new = create(r#"{"type":"resize","priority":"very_low","paused":true}"#).unwrap();
        assert_eq!((new.name.as_str(), new.jobs[0].key.as_str()), ("resize", "resize"));
        assert!(new.sealed && !new.paused && new.jobs[0].paused, "the flag is the job's own");
        assert_eq!(new.priority, Priority::VeryLow);
        assert_eq!(create(r#"{"type":"resize","key":"one"}"#).unwrap().jobs[0].key.as_str(), "one");
    }

    #[test]
    fn a_job_alone_has_nothing_to_depend_on() {
        assert_eq!(create(r#"{"type":"t","depends_on":[]}"#).unwrap_err(), ["/depends_on"]);
    }

    #[test]
    fn all_faults_are_told_even_without_a_type() {
        assert_eq!(create(r#"{"key":"","name":"n"}"#).unwrap_err(), ["/key", "/type", "/name"]);
    }
}
