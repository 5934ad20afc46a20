//! `GET /v1/templates/{name}`.

use axum::extract::State;
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a template
///
/// Its newest version.
#[utoipa::path(get, path = "/v1/templates/{name}", tag = "operators", operation_id = "get_template",
    security(("key" = ["read"])),
    params(("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$")),
    responses((status = 200, description = "The template.", body = wire::Template)))]
pub(crate) async fn get_template(
    State(app): State<App>,
    name: PathName,
    _: NoQuery,
) -> Result<Answer<wire::Template>, Problem> {
    let template = within(app.store().template(name.parse()?.as_str(), None)).await?;
    Ok(Answer(view::template(template)))
}
