//! `DELETE /v1/schedules/{name}`.

use axum::extract::State;
use axum::http::StatusCode;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::Problem;
use crate::http::called_by::CalledBy;
use crate::http::query::NoQuery;

/// Delete a schedule
///
/// A run that waits is dropped. Its pipelines and events stay.
#[utoipa::path(delete, path = "/v1/schedules/{name}", tag = "operators", operation_id = "delete_schedule",
    params(("name" = String, Path, description = "The schedule's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    security(("key" = ["operate"])),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete_schedule(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    within(app.store().on_behalf_of(caller).delete_schedule(&name.parse()?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
