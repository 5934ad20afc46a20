//! `GET /v1/keys/current`.

use axum::extract::State;
use windlass_store::Caller;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::query::NoQuery;
use crate::http::{Answer, CalledBy, Problem};
use crate::view;

/// Get the caller's own key
///
/// Any key will do. Of the bootstrap key, and where no key is needed, it shows only what may be done.
#[utoipa::path(get, path = "/v1/keys/current", tag = "operators", operation_id = "get_current_key",
    responses((status = 200, description = "The key of the call.", body = wire::CurrentKey)),
    security(("key" = [])))]
pub(crate) async fn get_current_key(
    State(app): State<App>,
    CalledBy(caller): CalledBy,
    _: NoQuery,
) -> Result<Answer<wire::CurrentKey>, Problem> {
    Ok(Answer(match caller.key {
        None => view::no_key(),
        Some(Caller::BOOTSTRAP) => view::bootstrap_key(),
        Some(number) => wire::CurrentKey::Made(view::key(within(app.store().key_by_number(number)).await?)),
    }))
}
