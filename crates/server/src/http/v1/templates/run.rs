//! `POST /v1/templates/{name}/pipelines`.

use axum::extract::State;
use windlass_store::{Job, Once, Pipeline};
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::correlation;
use crate::engine::within;
use crate::http::body::CreateBody;
use crate::http::called_by::CalledBy;
use crate::http::headers::IdempotencyParameters;
use crate::http::{Created, Creation, Narrowed, Problem};
use crate::input::{self, Origin};
use crate::view;

/// Create a pipeline from a template
///
/// Fills the template in with the parameters, and creates the pipeline that its body says, as creating one does. What is null or left out is
/// as the template says; `metadata` is merged over it. What the schema does not list is refused unless it says otherwise. A rendering that
/// fails is `render_failed`, with pointers into the template; faults of what it gives have pointers into the rendered body.
#[utoipa::path(post, path = "/v1/templates/{name}/pipelines", tag = "producers", operation_id = "create_template_pipeline",
    security(("key" = ["produce"])),
    params(
        ("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$"),
        IdempotencyParameters
    ),
    request_body(content = Option<wire::RunTemplate>, example = json!({"parameters": {"samples": ["a", "b"]}, "priority": "high"})),
    responses((status = 201, description = "The pipeline, with its jobs in the order of the template.", body = wire::Pipeline,
        headers(
            ("location" = String, description = "The path of the pipeline."),
            ("idempotent-replayed" = String, description = "`true` when the answer is the first one, repeated.")
        ))),
    extensions(("x-problems" = json!([
        "render_failed", "dependency_cycle", "unknown_dependency", "duplicate_key", "idempotency_key_reused"
    ]))))]
pub(crate) async fn create_template_pipeline(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Narrowed(types): Narrowed,
    origin: Origin,
    name: PathName,
    CreateBody { body, key }: CreateBody,
) -> Result<Creation<wire::Pipeline>, Problem> {
    let read = body.read_optional(|root| input::read_order(root, app.limits()));
    let name = name.parse()?;
    if let Some(key) = &key
        && let Some(stored) = within(app.store().answer_of(key)).await?
    {
        return Ok(Creation::Repeated(stored));
    }
    let order = app.below_template(&name, read).await?;
    let new = app.fill_template(&name, order, origin).await?.new;
    correlation::belongs_to(new.correlation_id.as_str());
    let render = |made: &(Pipeline, Vec<Job>)| created(made.clone()).into_stored();
    let once = key.map(|key| Once { key, render: &render });
    let answer =
        within(app.store().on_behalf_of(caller).narrowed_to(types).create_pipeline(new, once)).await?;
    Ok(Creation::of(answer, created))
}

fn created((pipeline, jobs): (Pipeline, Vec<Job>)) -> Created<wire::Pipeline> {
    let location = Some(format!("/v1/pipelines/{}", pipeline.id));
    Created { location, body: view::pipeline(pipeline, jobs) }
}
