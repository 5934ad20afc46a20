//! `GET /v1/keys`.

use axum::extract::State;
use windlass_domain::Name;
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which keys to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct KeyParameters {
    /// Only those with this name, 1 to 200 characters.
    #[param(min_length = 1, max_length = 200)]
    name: Option<String>,
}

/// List keys
///
/// Newest first, those that were revoked or have expired among them; without their texts. The bootstrap key is not in the list.
#[utoipa::path(get, path = "/v1/keys", tag = "operators", operation_id = "list_keys",
    params(KeyParameters, PageParameters),
    responses((status = 200, description = "A page of keys.", body = wire::Page<wire::Key>)),
    security(("key" = ["admin"])))]
pub(crate) async fn list_keys(
    State(app): State<App>,
    query: Query,
) -> Result<Answer<wire::Page<wire::Key>>, Problem> {
    let (name, paging) = query.read(|query| (query.text("name", Name::parse), query.paging(List::Keys)))?;
    let page = within(app.store().list_keys(name.as_ref(), paging)).await?;
    let cursor = |last: &windlass_store::Key| cursor::write(List::Keys, last.id);
    Ok(Answer(view::page(page, cursor, view::key)))
}
