//! `POST /v1/keys`, and `windlass key create` on the database itself.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{AllowedTypes, Name, Scope};

use super::read::read_key;
use super::text::StoredText;
use crate::db::next_id;
use crate::events::{Actor, Event};
use crate::view::Key;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What to call it.
    pub name: Name,
    /// What it may do: 1 to 5, none twice, in the order in which they are shown.
    pub scopes: Vec<Scope>,
    /// The types that it is narrowed to; `None`: any.
    pub types: Option<AllowedTypes>,
    /// When it ends by itself; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// Calls that it may make in a second, 1 to 100,000; `None`: any number.
    pub max_requests_per_second: Option<u32>,
}

impl Store {
    /// Makes a key with this text.
    ///
    /// # Errors
    /// [`Error::ExpiryNotAhead`], [`Error::Unavailable`].
    pub async fn create_key(&self, new: &NewKey, text: &StoredText) -> Result<Key, Error> {
        transact!(self, work => create(&mut work, new, text).await).await
    }
}

async fn create(work: &mut Work, new: &NewKey, text: &StoredText) -> Result<Key, Interrupt> {
    let id = next_id();
    if !insert(work, id, new, text).await? {
        return Err(Error::ExpiryNotAhead.into());
    }
    work.effects.events.push(Event::key(id, "created", Actor::Caller(work.caller)));
    Ok(read_key(work.sql(), id).await?)
}

/// Whether it was made: it is not, if its expiry is not ahead.
async fn insert(work: &mut Work, id: Uuid, new: &NewKey, text: &StoredText) -> Result<bool, sqlx::Error> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let types: Option<Vec<&str>> = new.types.as_ref().map(|types| types.iter().collect());
    let most = new.max_requests_per_second.map(|most| i32::try_from(most).unwrap_or(i32::MAX));
    let inserted = sqlx::query!(
        "INSERT INTO keys (id, name, scopes, types, max_requests_per_second, created_by, expires_at, hash, prefix)
         SELECT $1, $2, $3::text[], $4::text[], $5, $6, $7, $8, $9
         WHERE $7::timestamptz IS NULL OR $7 > windlass_now()",
        id,
        new.name.as_str(),
        &scopes as &[&str],
        types.as_deref() as Option<&[&str]>,
        most,
        work.caller.key,
        new.expires_at,
        &text.hash[..],
        text.prefix,
    )
    .execute(work.sql())
    .await?;
    Ok(inserted.rows_affected() == 1)
}
