//! `DELETE /v1/templates/{name}`.

use axum::extract::State;
use axum::http::StatusCode;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::Problem;
use crate::http::called_by::CalledBy;
use crate::http::query::NoQuery;

/// Delete a template
///
/// With all its versions, for good. Refused while a schedule names it. Pipelines made from it keep its name and version.
#[utoipa::path(delete, path = "/v1/templates/{name}", tag = "operators", operation_id = "delete_template",
    security(("key" = ["operate"])),
    params(("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    responses((status = 204, description = "It is gone.")),
    extensions(("x-problems" = json!(["in_use"]))))]
pub(crate) async fn delete_template(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    name: PathName,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    within(app.store().on_behalf_of(caller).delete_template(name.parse()?.as_str())).await?;
    Ok(StatusCode::NO_CONTENT)
}
