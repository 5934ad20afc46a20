//! `GET /v1/templates/{name}/versions/{version}`.

use axum::extract::State;
use windlass_wire as wire;

use super::path::PathNameAndVersion;
use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a version of a template
///
/// It never changes; 404 as well once the template was deleted.
#[utoipa::path(get, path = "/v1/templates/{name}/versions/{version}", tag = "operators", operation_id = "get_template_version",
    security(("key" = ["read"])),
    params(
        ("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$"),
        ("version" = i32, Path, description = "The number of the version.", minimum = 1)
    ),
    responses((status = 200, description = "The version.", body = wire::Template)))]
pub(crate) async fn get_template_version(
    State(app): State<App>,
    path: PathNameAndVersion,
    _: NoQuery,
) -> Result<Answer<wire::Template>, Problem> {
    let (name, version) = path.parse()?;
    let template = within(app.store().template(name.as_str(), Some(version))).await?;
    Ok(Answer(view::template(template)))
}
