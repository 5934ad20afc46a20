//! `POST /v1/schedules/{name}/pause`.

use axum::extract::State;
use windlass_wire as wire;

use super::answer::{below, shown};
use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::called_by::CalledBy;
use crate::http::{Answer, Problem};
use crate::input;

/// Pause a schedule
///
/// Nothing of it comes due until it is resumed, and nothing of that time is made up; a run that waits is held. Pausing what is paused changes
/// nothing.
#[utoipa::path(post, path = "/v1/schedules/{name}/pause", tag = "operators", operation_id = "pause_schedule",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the archive is being moved"})),
    security(("key" = ["operate"])),
    responses((status = 200, description = "The schedule, paused.", body = wire::Schedule)))]
pub(crate) async fn pause_schedule(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    body: Body,
) -> Result<Answer<wire::Schedule>, Problem> {
    let name = name.parse()?;
    let reason = below(&app, &name, body.read_optional(input::read_reason)).await?;
    let schedule = within(app.store().on_behalf_of(caller).pause_schedule(&name, reason)).await?;
    Ok(Answer(shown(schedule)))
}
