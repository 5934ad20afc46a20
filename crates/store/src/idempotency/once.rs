//! Answers a create once: the second request with one key waits, and gets the first one's answer.
//!
//! It waits in process, never on a connection of the pool, where both came to this server; on an advisory lock of the database where they came
//! to two. A refused request rolls back and so does not use its key up.

use std::sync::{Arc, PoisonError};

use super::cut::CutAnswer;
use super::key::{IdempotencyKey, Once, StoredAnswer};
use crate::db::deadline;
use crate::memory::Memory;
use crate::work::{Interrupt, Work};
use crate::{Error, Store};

/// One request holds its key in this process, until this is dropped.
pub struct KeyGuard {
    memory: Arc<Memory>,
    key: (String, String),
    guard: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Store {
    /// Waits in process for the request before this one with the same key. Only for [`create`](Store::create), whose caller knows what a batch is;
    /// other calls with a key wait by themselves.
    pub async fn hold_key(&self, key: Option<&IdempotencyKey>) -> Option<KeyGuard> {
        let key = key.map(|key| (key.scope.clone(), key.key.clone()))?;
        let lock = {
            let mut under_way = self.memory.keys_under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(key.clone()).or_default())
        };
        let guard = lock.lock_owned().await;
        Some(KeyGuard { memory: Arc::clone(&self.memory), key, guard: Some(guard) })
    }
}

impl Store {
    /// The answer stored under this key, for requests that take work before they reach the database. Only of those whose answers share no
    /// texts with their requests.
    ///
    /// # Errors
    /// [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn answer_of(&self, key: &IdempotencyKey) -> Result<Option<StoredAnswer>, Error> {
        let stored = sqlx::query!(
            "SELECT body_hash, location, response FROM idempotency_keys WHERE scope = $1 AND key = $2",
            key.scope,
            key.key,
        );
        match deadline(stored.fetch_optional(&self.db.pool)).await? {
            Some(stored) if stored.body_hash != key.body_hash => Err(Error::KeyReused),
            stored => {
                Ok(stored.map(|stored| StoredAnswer { location: stored.location, body: stored.response }))
            }
        }
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        self.guard = None;
        let mut under_way = self.memory.keys_under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // One reference is the map's own: nobody waits.
        if under_way.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            under_way.remove(&self.key);
        }
    }
}

/// Holds a key until this transaction ends, at all servers: what is known under it stays as it is.
pub(crate) async fn lock_key(work: &mut Work, key: &IdempotencyKey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended(CASE current_schema() WHEN 'public' THEN '' ELSE current_schema() || ' ' END || $1 || ' ' || $2, 7070))",
        key.scope,
        key.key
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// The answer stored under this key, if there is one, which then is held; `texts` are those of [`store_answer`].
pub(crate) async fn stored_answer<T>(
    work: &mut Work,
    once: Option<&Once<'_, T>>,
    texts: &[&str],
) -> Result<Option<StoredAnswer>, Interrupt> {
    let Some(Once { key, .. }) = once else { return Ok(None) };
    lock_key(work, key).await?;
    let stored = sqlx::query!(
        "SELECT body_hash, location, response, cut_at, cut FROM idempotency_keys WHERE scope = $1 AND key = $2",
        key.scope,
        key.key,
    )
    .fetch_optional(work.sql())
    .await?;
    let Some(stored) = stored else { return Ok(None) };
    if stored.body_hash != key.body_hash {
        return Err(Error::KeyReused.into());
    }
    let answer = StoredAnswer { location: stored.location, body: stored.response };
    let filled = CutAnswer { answer, at: stored.cut_at, texts: stored.cut }.fill(texts);
    Ok(Some(filled.expect("a request with the same body has the same texts")))
}

/// Stores the answer for repeats, in a transaction that holds the key, without the request's `texts` that it shows: each repeat brings the same ones.
pub(crate) async fn store_answer<T>(
    work: &mut Work,
    once: Option<&Once<'_, T>>,
    texts: &[&str],
    value: &T,
) -> Result<(), sqlx::Error> {
    let Some(Once { key, render }) = once else { return Ok(()) };
    let CutAnswer { answer, at, texts } = CutAnswer::of(render(value), texts);
    sqlx::query!(
        "INSERT INTO idempotency_keys (scope, key, body_hash, location, response, cut_at, cut, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, windlass_now())",
        key.scope,
        key.key,
        &key.body_hash[..],
        answer.location,
        answer.body,
        &at,
        &texts,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
