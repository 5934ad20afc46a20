//! `GET /v1/keys/{id}`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a key
///
/// Without its text, which is stored nowhere. A key that was revoked or has expired is shown for ever.
#[utoipa::path(get, path = "/v1/keys/{id}", tag = "operators", operation_id = "get_key",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = wire::Key)),
    security(("key" = ["admin"])))]
pub(crate) async fn get_key(
    State(app): State<App>,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Key>, Problem> {
    let key = within(app.store().key(id.of(Resource::Key)?)).await?;
    Ok(Answer(view::key(key)))
}
