//! `POST /v1/webhooks/{id}/test`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, Problem};
use crate::input::Field;
use crate::settings::PublicUrl;
use crate::{view, webhooks};

/// Try a webhook out
///
/// Sends `windlass.test` now, once, whether or not it is paused, and says what became of that within 15 seconds. It is in no list and no counter.
/// Where no key of this server opens the webhook's secret: 409.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "operators", operation_id = "test_webhook",
    params(("id" = Uuid, Path, description = "The webhook's id.")),
    request_body(content = Option<wire::TestWebhook>),
    responses((status = 200, description = "What became of it.", body = wire::WebhookTest)),
    security(("key" = ["operate"])))]
pub(crate) async fn test_webhook(
    State(app): State<App>,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::WebhookTest>, Problem> {
    let id = id.of(Resource::Webhook)?;
    app.below(Resource::Webhook, id, body.read_optional(read_nothing)).await?;
    let to = within(app.store().webhook_secrets(id)).await?;
    let now = within(app.store().now()).await?;
    let public_url = app.public_url().map(PublicUrl::as_str);
    let called = webhooks::test(app.client(), app.secret_keys(), &to, now, public_url).await;
    let called = called.map_err(|error| {
        tracing::warn!(webhook_id = %id, %error, "a test is not sent");
        Problem::in_no_state(
            "no key of this server opens the secret of the webhook: give it the key that the other servers have (--secret-key-file), or rotate the secret",
        )
    })?;
    Ok(Answer(view::webhook_test(&called)))
}

fn read_nothing(root: Field<'_>) -> Option<()> {
    root.object(|_| Some(()))
}
