//! `POST /v1/webhooks/{id}/deliveries/{delivery}/retry`.

use axum::extract::State;
use uuid::Uuid;
use windlass_domain::WebhookFormat;
use windlass_store::Error;
use windlass_wire as wire;

use super::path::PathIds;
use crate::app::App;
use crate::engine::{self, within};
use crate::http::body::Body;
use crate::http::{Answer, CalledBy, Problem};
use crate::settings::PublicUrl;
use crate::{input, view, webhooks};

/// Retry a delivery
///
/// One that has ended is tried now, and then by the schedule from its beginning. While it is pending, or its webhook is paused: 409.
#[utoipa::path(post, path = "/v1/webhooks/{id}/deliveries/{delivery}/retry", tag = "operators", operation_id = "retry_webhook_delivery",
    params(("id" = Uuid, Path, description = "The webhook's id."), ("delivery" = Uuid, Path, description = "The delivery's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "the receiver is mended"})),
    responses((status = 200, description = "The delivery, pending.", body = wire::Delivery)),
    security(("key" = ["operate"])),
    extensions(("x-problems" = json!(["delivery_not_found", "illegal_transition"]))))]
pub(crate) async fn retry_webhook_delivery(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    ids: PathIds,
    body: Body,
) -> Result<Answer<wire::Delivery>, Problem> {
    let (webhook, delivery) = ids.parse()?;
    if let Err(refusal) = body.read_optional(input::read_reason) {
        within(app.store().delivery(webhook, delivery)).await?;
        return Err(refusal);
    }
    let made = make_body(&app, webhook, delivery).await?;
    let store = app.store().on_behalf_of(caller);
    let retried = within(store.retry_delivery(
        webhook,
        delivery,
        made.as_ref().map(|(body, format)| (body.as_str(), *format)),
    ))
    .await?;
    Ok(Answer(view::delivery(retried)))
}

/// The body of a delivery that was never made, because too many were pending; `None`: it has one.
async fn make_body(app: &App, webhook: Uuid, id: Uuid) -> Result<Option<(String, WebhookFormat)>, Problem> {
    let delivery = within(app.store().delivery(webhook, id)).await?;
    if within(app.store().delivery_has_body(id)).await? {
        return Ok(None);
    }
    let format = within(app.store().webhook(webhook)).await?.format;
    let public_url = app.public_url().map(PublicUrl::as_str);
    let made = webhooks::body_of(app.store(), format, delivery.event, id, public_url);
    let gone = Error::IllegalTransition {
        state: "failed",
        detail: "the event of the delivery is not kept any more".to_owned(),
    };
    match within(made).await? {
        Some(body) => Ok(Some((body, format))),
        None => Err(engine::Error::Store(gone).into()),
    }
}
