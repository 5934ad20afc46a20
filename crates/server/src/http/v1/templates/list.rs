//! `GET /v1/templates`.

use axum::extract::State;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List templates
///
/// By name, each in its newest version.
#[utoipa::path(get, path = "/v1/templates", tag = "operators", operation_id = "list_templates",
    security(("key" = ["read"])),
    params(PageParameters),
    responses((status = 200, description = "A page of templates.", body = wire::Page<wire::Template>)))]
pub(crate) async fn list_templates(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Template>>, Problem> {
    let (after, limit) =
        query.read(|query| (query.cursor(|text| cursor::read_name(List::Templates, text)), query.limit()))?;
    let page = within(app.store().templates(after.as_deref(), limit)).await?;
    let cursor = |last: &windlass_store::Template| cursor::write_name(List::Templates, &last.name);
    Ok(Answer(view::page(page, cursor, view::template)))
}
