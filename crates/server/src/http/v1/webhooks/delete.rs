//! `DELETE /v1/webhooks/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use windlass_store::Resource;

use crate::app::App;
use crate::engine::within;
use crate::http::path::PathId;
use crate::http::query::NoQuery;
use crate::http::{CalledBy, Problem};

/// Delete a webhook
///
/// What is under way may still arrive. Its deliveries go with it.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "operators", operation_id = "delete_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    responses((status = 204, description = "It is gone.")),
    security(("key" = ["operate"])))]
pub(crate) async fn delete_webhook(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    within(app.store().on_behalf_of(caller).delete_webhook(id.of(Resource::Webhook)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
