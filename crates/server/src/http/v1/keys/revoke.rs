//! `POST /v1/keys/{id}/revoke`.

use axum::extract::State;
use windlass_store::Resource;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::body::Body;
use crate::http::path::PathId;
use crate::http::{Answer, CalledBy, Problem};
use crate::input;
use crate::view;

/// Revoke a key
///
/// For good: within 5 seconds no server takes its texts, its event streams end and its waiting dequeues hand out nothing. Revoking what was
/// revoked changes nothing. The last live key with the scope `admin` stays (409); those that expire, and the bootstrap key, do not count.
#[utoipa::path(post, path = "/v1/keys/{id}/revoke", tag = "operators", operation_id = "revoke_key",
    params(("id" = Uuid, Path, description = "The key's id.")),
    request_body(content = Option<wire::Reason>, example = json!({"reason": "it was in a log"})),
    responses((status = 200, description = "The key, revoked.", body = wire::Key)),
    security(("key" = ["admin"])),
    extensions(("x-problems" = json!(["in_use"]))))]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    id: PathId,
    body: Body,
) -> Result<Answer<wire::Key>, Problem> {
    let id = id.of(Resource::Key)?;
    let reason = app.below(Resource::Key, id, body.read_optional(input::read_reason)).await?;
    let key = within(app.store().on_behalf_of(caller).revoke_key(id, reason)).await?;
    // Here it ends at once, elsewhere when it is no longer believed.
    app.keys().forget(key.number);
    Ok(Answer(view::key(key)))
}
