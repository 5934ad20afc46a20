//! `POST /v1/webhooks`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use windlass_store::NewWebhook;
use windlass_wire as wire;
use windlass_wire::Code;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::headers::IDEMPOTENCY_KEY;
use crate::http::{CalledBy, Problem, Secret};
use crate::outbound::Secret as WebhookSecret;
use crate::{input, view};

/// Make a webhook
///
/// An event is delivered if it commits after this has answered. The answer shows the secret that signs, `secret`: here and after a rotation, and
/// never again. So it is not kept for repeats, and an `Idempotency-Key` is refused (400). There are 100 webhooks at the most.
#[utoipa::path(post, path = "/v1/webhooks", tag = "operators", operation_id = "create_webhook",
    request_body(content = wire::NewWebhook, example = json!({"url": "https://hooks.example/windlass", "events": ["pipeline.failed"]})),
    responses((status = 201, description = "The webhook, with its secret.", body = wire::WebhookWithSecret,
        headers(("location" = String, description = "The path of the webhook.")))),
    security(("key" = ["operate"])))]
pub(crate) async fn create_webhook(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    Repeated(repeated): Repeated,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    if repeated {
        return Err(Problem::new(
            Code::MalformedRequest,
            "the header idempotency-key is not taken here: the answer shows a secret, and is not kept",
        ));
    }
    let new = body.read(|root| input::read_new_webhook(root, app.client().allowed()))?;
    let store = app.store().on_behalf_of(caller);
    let (id, secret) = (store.next_webhook_id(), new.secret.unwrap_or_else(WebhookSecret::draw));
    let new = NewWebhook {
        url: new.url,
        events: new.events,
        filter: new.filter,
        format: new.format,
        description: new.description,
        paused: new.paused,
        secret: app.secret_keys().keep(id, &secret),
    };
    let webhook = within(store.create_webhook(id, &new)).await?;
    app.webhooks().saw(true);
    let location = format!("/v1/webhooks/{id}");
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        Secret(view::webhook_with_secret(webhook, secret.text())),
    ))
}

/// Whether an `Idempotency-Key` was sent.
pub(crate) struct Repeated(bool);

impl<S: Sync> FromRequestParts<S> for Repeated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.contains_key(IDEMPOTENCY_KEY)))
    }
}
