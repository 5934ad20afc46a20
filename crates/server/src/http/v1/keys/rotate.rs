//! `POST /v1/keys/{id}/rotate`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{CalledBy, Problem, Secret};
use crate::input;
use crate::key_text::KeyText;
use crate::view;

/// Rotate a key
///
/// Gives it a new text, which the answer shows as `key`, and which works at once on every server. The text before works for the overlap. At
/// most two texts live: within an overlap the older one ends at once, unless the newest has never been used; then that one is replaced, so
/// that an answer that was lost costs nothing. A key that was revoked or has expired cannot be rotated (409).
#[utoipa::path(post, path = "/v1/keys/{id}/rotate", tag = "operators", operation_id = "rotate_key",
    params(("id" = Uuid, Path, description = "The key's id.")),
    request_body(content = Option<wire::RotateKey>, example = json!({"overlap_seconds": 86400})),
    responses((status = 200, description = "The key, with its new text.", body = wire::KeyWithText)),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["illegal_transition"]))))]
pub(crate) async fn rotate_key(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Secret<wire::KeyWithText>, Problem> {
    let id = id.of(Resource::Key)?;
    let overlap = app.below(Resource::Key, id, body.read_optional(input::read_overlap)).await?;
    let text = KeyText::draw();
    let store = app.store().on_behalf_of(caller);
    let key = within(store.rotate_key(id, overlap.length(), &text.stored())).await?;
    // What has ended by this ends here at once, elsewhere when it is no longer believed.
    app.keys().forget(key.number);
    Ok(Secret(view::key_with_text(key, text)))
}
