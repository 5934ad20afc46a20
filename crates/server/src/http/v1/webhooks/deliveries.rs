//! `GET /v1/webhooks/{id}/deliveries`.

use axum::extract::State;
use windlass_domain::DeliveryState;
use windlass_store::{Delivery, Resource};
use windlass_wire as wire;

use crate::app::App;
use crate::engine::within;
use crate::http::cursor::{self, List};
use crate::http::path::PathId;
use crate::http::query::{PageParameters, Query};
use crate::http::{Answer, Problem};
use crate::view;

/// Which deliveries to show.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(crate) struct DeliveryParameters {
    /// Only those in this state.
    state: Option<wire::DeliveryState>,
}

/// List a webhook's deliveries
///
/// Newest first, each with its attempts. Those that have ended are kept for 7 days, or as the setting `--retention` says.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "operators", operation_id = "list_webhook_deliveries",
    params(("id" = Uuid, Path, description = "The webhook's id."), DeliveryParameters, PageParameters),
    responses((status = 200, description = "A page of deliveries.", body = wire::Page<wire::Delivery>)),
    security(("key" = ["read"])))]
pub(crate) async fn list_webhook_deliveries(
    State(app): State<App>,
    id: PathId,
    query: Query,
) -> Result<Answer<wire::Page<wire::Delivery>>, Problem> {
    let (state, paging) =
        query.read(|query| (query.word("state", DeliveryState::parse), query.paging(List::Deliveries)))?;
    let page = within(app.store().list_deliveries(id.of(Resource::Webhook)?, state, paging)).await?;
    let cursor = |last: &Delivery| cursor::write(List::Deliveries, last.id);
    Ok(Answer(view::page(page, cursor, view::delivery)))
}
