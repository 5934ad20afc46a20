//! `GET /v1/webhooks/{id}`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::sight::Sees;
use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{Answer, Problem};
use crate::view;

/// Get a webhook
///
/// Without its secret. A key without the scope `operate` sees scheme, host and port of the URL, and `/…` for the rest.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "operators", operation_id = "get_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = wire::Webhook)),
    security(("key" = ["read"])))]
pub(crate) async fn get_webhook(
    State(app): State<App>,
    Sees(sight): Sees,
    id: PathId,
    _: NoQuery,
) -> Result<Answer<wire::Webhook>, Problem> {
    let webhook = within(app.store().webhook(id.of(Resource::Webhook)?)).await?;
    Ok(Answer(view::webhook(webhook, sight)))
}
