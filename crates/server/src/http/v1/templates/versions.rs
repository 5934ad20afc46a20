//! `GET /v1/templates/{name}/versions`.

use axum::extract::State;
use windlass_wire as wire;

use super::path::PathName;
use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List versions of a template
///
/// Newest first.
#[utoipa::path(get, path = "/v1/templates/{name}/versions", tag = "operators", operation_id = "list_template_versions",
    security(("key" = ["read"])),
    params(
        ("name" = String, Path, description = "The template's name.", pattern = "^[A-Za-z0-9._-]{1,100}$"),
        PageParameters
    ),
    responses((status = 200, description = "A page of versions.", body = wire::Page<wire::Template>)))]
pub(crate) async fn list_template_versions(
    State(app): State<App>,
    name: PathName,
    query: Query,
) -> Result<Answer<wire::Page<wire::Template>>, Problem> {
    let (before, limit) = query
        .read(|query| (query.cursor(|text| cursor::read_number(List::Versions, text)), query.limit()))?;
    let page = within(app.store().template_versions(name.parse()?.as_str(), before, limit)).await?;
    let cursor = |last: &windlass_store::Template| cursor::write_number(List::Versions, last.version);
    Ok(Answer(view::page(page, cursor, view::template)))
}
