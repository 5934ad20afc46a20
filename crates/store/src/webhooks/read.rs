//! `GET /v1/webhooks` and `GET /v1/webhooks/{id}`.

use uuid::Uuid;
use windlass_domain::Limits;

use super::row::Row;
use super::webhook::Webhook;
use crate::db::{Page, Session, deadline};
use crate::input::Paging;
use crate::resource::Resource;
use crate::{Error, Store};

impl Store {
    /// A webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn webhook(&self, id: Uuid) -> Result<Webhook, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_webhook(&mut connection, id).await
        })
        .await
    }

    /// Webhooks, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_webhooks(&self, paging: Paging) -> Result<Page<Webhook>, Error> {
        let (after, most) = (paging.after.unwrap_or(Uuid::max()), paging.limit + 1);
        let page = sqlx::query_file_as!(Row, "src/webhooks/page.sql", after, most, Limits::PAGE_BYTES);
        let rows = deadline(page.fetch_all(&self.db.pool)).await?;
        let fetched = rows.first().map(|row| row.fetched);
        Ok(Page::of(paging.limit, fetched, rows.into_iter().map(Webhook::from)))
    }
}

/// One webhook, as this connection's transaction sees it.
pub(super) async fn read_webhook(connection: &mut Session, id: Uuid) -> Result<Webhook, Error> {
    let row = sqlx::query_file_as!(Row, "src/webhooks/read.sql", id).fetch_optional(connection).await?;
    row.map(Webhook::from).ok_or(Error::NotFound(Resource::Webhook))
}
