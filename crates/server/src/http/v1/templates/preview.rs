//! `POST /v1/templates/{name}/preview`.

use axum::extract::State;
use windlass_store::Error;
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::{Answer, Problem};
use crate::input::{self, Origin};

/// Preview a template
///
/// The body of `POST /v1/pipelines` that it would be, checked as that is; nothing is made.
#[utoipa::path(post, path = "/v1/templates/{name}/preview", tag = "producers", operation_id = "preview_template",
    security(("key" = ["produce"])),
    params(("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    request_body(content = Option<wire::RunTemplate>, example = json!({"parameters": {"samples": ["a", "b"]}})),
    responses((status = 200, description = "The body of a new pipeline.", body = wire::NewPipeline)),
    extensions(("x-problems" = json!(["render_failed", "dependency_cycle", "unknown_dependency", "duplicate_key"]))))]
pub(crate) async fn preview_template(
    State(app): State<App>,
    origin: Origin,
    name: PathName,
    body: Body,
) -> Result<Answer<wire::Json>, Problem> {
    let read = body.read_optional(|root| input::read_order(root, app.limits()));
    let name = name.parse()?;
    let order = app.below_template(&name, read).await?;
    let filled = app.fill_template(&name, order, origin).await?;
    if let Some(deadline) = filled.new.deadline_at
        && deadline <= within(app.store().now()).await?
    {
        return Err(Error::DeadlineNotAhead.into());
    }
    let body = wire::Json::from_text(filled.body).expect("what was read as a body is JSON");
    Ok(Answer(body))
}
