//! `GET /v1/webhooks`.

use axum::extract::State;
use windlass_store::Webhook;
use windlass_wire as wire;

use super::sight::Sees;
use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// List webhooks
///
/// Newest first, without their secrets. A key without the scope `operate` sees scheme, host and port of each URL, and `/…` for the rest.
#[utoipa::path(get, path = "/v1/webhooks", tag = "operators", operation_id = "list_webhooks",
    params(PageParameters),
    responses((status = 200, description = "A page of webhooks.", body = wire::Page<wire::Webhook>)),
    security(("key" = ["read"])))]
pub(crate) async fn list_webhooks(
    State(app): State<App>,
    Sees(sight): Sees,
    query: Query,
) -> Result<Answer<wire::Page<wire::Webhook>>, Problem> {
    let paging = query.read(|query| query.paging(List::Webhooks))?;
    let page = within(app.store().list_webhooks(paging)).await?;
    let cursor = |last: &Webhook| cursor::write(List::Webhooks, last.id);
    Ok(Answer(view::page(page, cursor, |webhook| view::webhook(webhook, sight))))
}
