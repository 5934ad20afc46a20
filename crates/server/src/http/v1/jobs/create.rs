//! `POST /v1/jobs`.

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

/// Create a standalone job
///
/// The job gets a sealed pipeline of one, named after its type. `key` defaults to the type. A sealed job without
/// `tasks` gets one task with the job's `payload`. Up to 10,000 tasks a call.
#[utoipa::path(post, path = "/v1/jobs", tag = "producers", operation_id = "create_job",
    security(("key" = ["produce"])),
    params(IdempotencyParameters),
    request_body(content = wire::NewStandaloneJob, example = json!({
        "type": "resize-image", "priority": "high", "payload": {"source": "in/1.png", "width": 800}
    })),
    responses((status = 201, description = "The job.", body = wire::Job,
        headers(
            ("location" = String, description = "The path of the job."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")
        ))),
    extensions(("x-problems" = json!(["idempotency_key_reused"]))))]
pub(crate) async fn create_job(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Job>, Problem> {
    let new = body.read(|root| input::read_standalone_job(root, app.limits(), origin))?;
    correlation::belongs_to(new.correlation_id.as_str());
    let once = key.map(|key| Once { key, render: &stored });
    let create = Create { caller, types, new, standalone: true, once };
    let answer = app.engine().creates.create(create).await.map_err(Problem::of_one_job)?;
    Ok(Creation::of(answer, created))
}

fn created((_, mut jobs): Made) -> Created<wire::Job> {
    let job = jobs.pop().expect("a standalone pipeline has one job");
    Created { location: Some(format!("/v1/jobs/{}", job.id)), body: view::job(job) }
}

fn stored(made: &Made) -> StoredAnswer {
    created(made.clone()).into_stored()
}
