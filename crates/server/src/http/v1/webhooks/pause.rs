//! `POST /v1/webhooks/{id}/pause`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use super::sight::Sees;
use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::{input, view};

/// Pause a webhook
///
/// An event is delivered if it commits before this has answered; those of the pause are not made up. Deliveries that are pending wait. Pausing what is
/// paused changes nothing.
#[utoipa::path(post, path = "/v1/webhooks/{id}/pause", tag = "operators", operation_id = "pause_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the receiver is being moved"})),
    responses((status = 200, description = "The webhook, paused.", body = wire::Webhook)),
    security(("key" = ["operate"])))]
pub(crate) async fn pause_webhook(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Sees(sight): Sees,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Webhook>, Problem> {
    let id = id.of(Resource::Webhook)?;
    let reason = app.below(Resource::Webhook, id, body.read_optional(input::read_reason)).await?;
    let webhook = within(app.store().on_behalf_of(caller).pause_webhook(id, reason)).await?;
    Ok(Answer(view::webhook(webhook, sight)))
}
