//! `GET /v1/keys` and `GET /v1/keys/{id}`.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Limits, Name, Scope};

use crate::db::{Page, Session, deadline};
use crate::input::Paging;
use crate::resource::Resource;
use crate::view::Key;
use crate::{Error, Store};

/// A row of a page.
struct Row {
    id: Uuid,
    number: i32,
    name: String,
    scopes: Vec<String>,
    types: Option<Vec<String>>,
    prefix: String,
    max_requests_per_second: Option<i32>,
    created_at: DateTime<Utc>,
    created_by: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    rotated_at: Option<DateTime<Utc>>,
    overlap_until: Option<DateTime<Utc>>,
    previous_prefix: Option<String>,
    revoked_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    fetched: i64,
}

impl Store {
    /// A key.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn key(&self, id: Uuid) -> Result<Key, Error> {
        deadline(async {
            let mut connection = self.db.pool.acquire().await?;
            read_key(&mut connection, id).await
        })
        .await
    }

    /// The key of this number.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn key_by_number(&self, number: i32) -> Result<Key, Error> {
        deadline(async {
            let row = sqlx::query_file_as!(Row, "src/keys/read_by_number.sql", number);
            let row = row.fetch_optional(&self.db.pool).await?;
            row.map(Key::from).ok_or(Error::NotFound(Resource::Key))
        })
        .await
    }

    /// Keys, the newest first; by name along an index.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_keys(&self, name: Option<&Name>, paging: Paging) -> Result<Page<Key>, Error> {
        deadline(async {
            let rows = self.read_page_of_keys(name, paging).await?;
            let fetched = rows.first().map(|row| row.fetched);
            Ok(Page::of(paging.limit, fetched, rows.into_iter().map(Key::from)))
        })
        .await
    }

    /// One more row than the page holds at the most, so that it shows whether another follows.
    async fn read_page_of_keys(&self, name: Option<&Name>, paging: Paging) -> Result<Vec<Row>, sqlx::Error> {
        let (after, most) = (paging.after.unwrap_or(Uuid::max()), paging.limit + 1);
        let bytes = Limits::PAGE_BYTES;
        match name {
            Some(name) => {
                sqlx::query_file_as!(Row, "src/keys/page_by_name.sql", after, most, bytes, name.as_str())
                    .fetch_all(&self.db.pool)
                    .await
            }
            None => {
                sqlx::query_file_as!(Row, "src/keys/page.sql", after, most, bytes)
                    .fetch_all(&self.db.pool)
                    .await
            }
        }
    }
}

/// One key, as this connection's transaction sees it.
pub(super) async fn read_key(connection: &mut Session, id: Uuid) -> Result<Key, Error> {
    let row = sqlx::query_file_as!(Row, "src/keys/read.sql", id).fetch_optional(connection).await?;
    row.map(Key::from).ok_or(Error::NotFound(Resource::Key))
}

impl From<Row> for Key {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            number: row.number,
            name: row.name,
            scopes: row.scopes.iter().filter_map(|word| Scope::parse(word)).collect(),
            types: row.types,
            prefix: row.prefix,
            max_requests_per_second: row.max_requests_per_second,
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            rotated_at: row.rotated_at,
            overlap_until: row.overlap_until,
            previous_prefix: row.previous_prefix,
            revoked_at: row.revoked_at,
            reason: row.reason,
        }
    }
}
