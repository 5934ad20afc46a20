//! `PATCH /v1/webhooks/{id}`.

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

/// Change a webhook
///
/// What is left out stays. It holds on every server within 2 seconds, for what is pending as well; a body that was made stays as it is. `paused` is as the
/// verbs are. A URL as it is shown where it is masked is refused (422).
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "operators", operation_id = "patch_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body(content = wire::PatchWebhook, example = json!({"events": ["pipeline.failed", "job.failed"]})),
    responses((status = 200, description = "The webhook, changed.", body = wire::Webhook)),
    security(("key" = ["operate"])))]
pub(crate) async fn patch_webhook(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Sees(sight): Sees,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Webhook>, Problem> {
    let id = id.of(Resource::Webhook)?;
    let read = body.read(|root| input::read_webhook_change(root, app.client().allowed()));
    let change = app.below(Resource::Webhook, id, read).await?;
    let webhook = within(app.store().on_behalf_of(caller).patch_webhook(id, &change)).await?;
    Ok(Answer(view::webhook(webhook, sight)))
}
