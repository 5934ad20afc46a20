//! `POST /v1/keys`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use windlass_wire as wire;
use windlass_wire::Code;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::headers::IDEMPOTENCY_KEY;
use crate::http::{CalledBy, Problem, Secret};
use crate::input;
use crate::key_text::KeyText;
use crate::view;

/// Make a key
///
/// The answer shows the key's text, `key`: here and after a rotation, and never again. So it is not kept for repeats, and an
/// `Idempotency-Key` is refused (400). Who repeats a create whose answer was lost revokes the first key, which was never used.
#[utoipa::path(post, path = "/v1/keys", tag = "operators", operation_id = "create_key",
    request_body(content = wire::NewKey, example = json!({"name": "ci", "scopes": ["produce"], "types": ["resize-*"]})),
    responses((status = 201, description = "The key, with its text.", body = wire::KeyWithText,
        headers(("location" = String, description = "The path of the key.")))),
    security(("key" = ["admin"])))]
pub(crate) async fn create_key(
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
    let new = body.read(input::read_new_key)?;
    let text = KeyText::draw();
    let key = within(app.store().on_behalf_of(caller).create_key(&new, &text.stored())).await?;
    let location = format!("/v1/keys/{}", key.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Secret(view::key_with_text(key, text))))
}

/// Whether an `Idempotency-Key` was sent.
pub(crate) struct Repeated(bool);

impl<S: Sync> FromRequestParts<S> for Repeated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.contains_key(IDEMPOTENCY_KEY)))
    }
}
