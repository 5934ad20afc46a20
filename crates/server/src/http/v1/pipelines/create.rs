//! `POST /v1/pipelines`.

use axum::extract::State;
use windlass_store::{Create, Made, Once, StoredAnswer};
use windlass_wire as wire;

use crate::app::App;
use crate::correlation;
use crate::http::body::CreateBody;
use crate::http::headers::IdempotencyParameters;
use crate::http::{CalledBy, Created, Creation, Narrowed, Problem};
use crate::input::{self, Origin};
use crate::view;

/// Create a pipeline
///
/// Creates the pipeline, its jobs, their edges and their tasks in one transaction. Everything but `name` and `jobs`
/// is optional. A sealed job without `tasks` gets one task with the job's `payload`; with `"tasks": []` it is a join
/// node, which succeeds as it opens. Up to 1,000 jobs, 20,000 edges and 10,000 tasks a call, in a body of up to 16 MiB.
#[utoipa::path(post, path = "/v1/pipelines", tag = "producers", operation_id = "create_pipeline",
    security(("key" = ["produce"])),
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
    responses((status = 201, description = "The pipeline, with its jobs in the order of the request.", body = wire::Pipeline,
        headers(
            ("location" = String, description = "The path of the pipeline."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")
        ))),
    extensions(("x-problems" = json!([
        "validation_failed", "dependency_cycle", "unknown_dependency", "duplicate_key", "idempotency_key_reused"
    ]))))]
pub(crate) async fn create_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Pipeline>, Problem> {
    let new = body.read(|root| input::read_pipeline(root, app.limits(), origin))?;
    correlation::belongs_to(new.correlation_id.as_str());
    let once = key.map(|key| Once { key, render: &stored });
    let create = Create { caller, types, new, standalone: false, once };
    let answer = app.engine().creates.create(create).await?;
    Ok(Creation::of(answer, created))
}

fn created((pipeline, jobs): Made) -> Created<wire::Pipeline> {
    let location = Some(format!("/v1/pipelines/{}", pipeline.id));
    Created { location, body: view::pipeline(pipeline, jobs) }
}

fn stored(made: &Made) -> StoredAnswer {
    created(made.clone()).into_stored()
}
