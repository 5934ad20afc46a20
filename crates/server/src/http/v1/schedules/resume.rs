//! `POST /v1/schedules/{name}/resume`.

use axum::extract::State;
use windlass_wire as wire;

use super::answer::{below, shown};
use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::called_by::CalledBy;
use crate::http::{Answer, Problem};
use crate::{input, schedules};

/// Resume a schedule
///
/// Its times count from now on. Resuming what is not paused changes nothing.
#[utoipa::path(post, path = "/v1/schedules/{name}/resume", tag = "operators", operation_id = "resume_schedule",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the archive is there again"})),
    security(("key" = ["operate"])),
    responses((status = 200, description = "The schedule, resumed.", body = wire::Schedule)))]
pub(crate) async fn resume_schedule(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    body: Body,
) -> Result<Answer<wire::Schedule>, Problem> {
    let name = name.parse()?;
    let reason = below(&app, &name, body.read_optional(input::read_reason)).await?;
    let store = app.store().on_behalf_of(caller);
    let schedule = within(store.resume_schedule(&name, reason, &schedules::next)).await?;
    Ok(Answer(shown(schedule)))
}
