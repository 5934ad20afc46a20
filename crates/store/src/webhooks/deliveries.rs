//! `GET /v1/webhooks/{id}/deliveries`.

use uuid::Uuid;
use windlass_domain::DeliveryState;

use super::delivery::{Delivery, Row};
use super::read::read_webhook;
use crate::db::{Page, Session, deadline};
use crate::input::Paging;
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// Deliveries of a webhook, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn list_deliveries(
        &self,
        webhook: Uuid,
        state: Option<DeliveryState>,
        paging: Paging,
    ) -> Result<Page<Delivery>, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_webhook(&mut connection, webhook).await?;
            let rows = read_page(&mut connection, webhook, state, paging).await?;
            let fetched = i64::try_from(rows.len()).ok();
            Ok(Page::of(paging.limit, fetched, rows.into_iter().map(Delivery::from)))
        })
        .await
    }

    /// A delivery of a webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`] of either, [`Error::Unavailable`].
    pub async fn delivery(&self, webhook: Uuid, id: Uuid) -> Result<Delivery, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_webhook(&mut connection, webhook).await?;
            read_delivery(&mut connection, webhook, id).await
        })
        .await
    }
}

/// One more row than the page holds at the most, so that it shows whether another follows.
async fn read_page(
    connection: &mut Session,
    webhook: Uuid,
    state: Option<DeliveryState>,
    paging: Paging,
) -> Result<Vec<Row>, sqlx::Error> {
    let (after, most) = (paging.after.unwrap_or(Uuid::max()), paging.limit + 1);
    match state {
        Some(state) => {
            let word = state.as_str();
            sqlx::query_file_as!(Row, "src/webhooks/deliveries_by_state.sql", webhook, after, most, word)
                .fetch_all(connection)
                .await
        }
        None => {
            sqlx::query_file_as!(Row, "src/webhooks/deliveries.sql", webhook, after, most)
                .fetch_all(connection)
                .await
        }
    }
}

/// One delivery, as this connection's transaction sees it.
pub(super) async fn read_delivery(
    connection: &mut Session,
    webhook: Uuid,
    id: Uuid,
) -> Result<Delivery, Error> {
    let row = sqlx::query_file_as!(Row, "src/webhooks/deliveries_read.sql", id, webhook);
    let row = row.fetch_optional(connection).await?;
    row.map(Delivery::from).ok_or(Error::NotFound(Resource::Delivery))
}
