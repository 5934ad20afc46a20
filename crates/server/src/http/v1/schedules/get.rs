//! `GET /v1/schedules/{name}`.

use axum::extract::State;
use windlass_wire as wire;

use super::answer::shown;
use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};

/// Get a schedule
///
/// With its next five times, or fewer, and its run recorded last.
#[utoipa::path(get, path = "/v1/schedules/{name}", tag = "operators", operation_id = "get_schedule",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    security(("key" = ["read"])),
    responses((status = 200, description = "The schedule.", body = wire::Schedule)))]
pub(crate) async fn get_schedule(
    State(app): State<App>,
    name: PathName,
    _: NoQuery,
) -> Result<Answer<wire::Schedule>, Problem> {
    let schedule = within(app.store().schedule(&name.parse()?)).await?;
    Ok(Answer(shown(schedule)))
}
