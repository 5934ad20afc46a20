//! `POST /v1/webhooks/{id}/rotate-secret`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{CalledBy, Problem, Secret};
use crate::outbound::Secret as WebhookSecret;
use crate::{input, view};

/// Rotate the secret of a webhook
///
/// The answer shows the new one, here and never again. For the overlap both sign. At most two do, the newest and the one before it.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate-secret", tag = "operators", operation_id = "rotate_webhook_secret",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body(content = Option<wire::RotateWebhookSecret>, example = json!({"overlap_seconds": 86400})),
    responses((status = 200, description = "The webhook, with its new secret.", body = wire::WebhookWithSecret)),
    security(("key" = ["operate"])))]
pub(crate) async fn rotate_webhook_secret(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Secret<wire::WebhookWithSecret>, Problem> {
    let id = id.of(Resource::Webhook)?;
    let rotation =
        app.below(Resource::Webhook, id, body.read_optional(input::read_rotation_of_secret)).await?;
    let secret = rotation.secret.unwrap_or_else(WebhookSecret::draw);
    let (store, kept) = (app.store().on_behalf_of(caller), app.secret_keys().keep(id, &secret));
    let webhook = within(store.rotate_webhook_secret(id, rotation.overlap.length(), &kept)).await?;
    Ok(Secret(view::webhook_with_secret(webhook, secret.text())))
}
