//! `POST /v1/webhooks/{id}/resume`.

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

/// Resume a webhook
///
/// An event is delivered if it commits after this has answered. Deliveries that wait go at once. One that had paused itself counts its failures anew. Resuming
/// what is not paused changes nothing.
#[utoipa::path(post, path = "/v1/webhooks/{id}/resume", tag = "operators", operation_id = "resume_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the receiver is there again"})),
    responses((status = 200, description = "The webhook, resumed.", body = wire::Webhook)),
    security(("key" = ["operate"])))]
pub(crate) async fn resume_webhook(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Sees(sight): Sees,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Webhook>, Problem> {
    let id = id.of(Resource::Webhook)?;
    let reason = app.below(Resource::Webhook, id, body.read_optional(input::read_reason)).await?;
    let webhook = within(app.store().on_behalf_of(caller).resume_webhook(id, reason)).await?;
    Ok(Answer(view::webhook(webhook, sight)))
}
