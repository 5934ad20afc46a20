//! `Idempotency-Key`: the answer of a create is kept in the transaction of the create, so that neither can be without the other.
//!
//! Of two requests with one key, the second waits: in process, never on a connection of the pool, where both came to this server; on an
//! advisory lock of the database where they came to two. A refused request rolls back and so does not use its key up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::transaction::{Interrupt, Work};
use crate::{Error, Store};

/// A key, and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Method and path.
    pub scope: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// How to do something once: under which key, and what to keep as its answer.
pub struct Once<'a, T> {
    /// The key.
    pub key: IdempotencyKey,
    /// Makes the answer that repeats will get.
    pub render: &'a (dyn Fn(&T) -> KeptAnswer + Send + Sync),
}

/// What a create answers.
#[derive(Debug)]
pub enum Answer<T> {
    /// It was done.
    New(T),
    /// It had been done before, with this answer.
    Repeated(KeptAnswer),
}

impl<T> Answer<T> {
    /// What was done now, if it was.
    pub fn done(self) -> Option<T> {
        match self {
            Self::New(value) => Some(value),
            Self::Repeated(_) => None,
        }
    }
}

/// The keys whose requests are under way in this process.
pub(crate) type UnderWay = Mutex<HashMap<(String, String), Arc<tokio::sync::Mutex<()>>>>;

/// The turn of one request among those with its key; over when dropped.
pub(crate) struct Turn {
    store: Store,
    key: (String, String),
    guard: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Store {
    /// Waits in process for the request before this one with the same key.
    pub(crate) async fn take_turn<T>(&self, once: Option<&Once<'_, T>>) -> Option<Turn> {
        let key = once.map(|once| (once.key.scope.clone(), once.key.key.clone()))?;
        let lock = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(key.clone()).or_default())
        };
        let guard = lock.lock_owned().await;
        Some(Turn { store: self.clone(), key, guard: Some(guard) })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut under_way = self.store.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // One reference is the map's own: nobody waits.
        if under_way.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            under_way.remove(&self.key);
        }
    }
}

/// The answer kept under this key, if there is one.
pub(crate) async fn look_up<T>(
    work: &mut Work,
    once: Option<&Once<'_, T>>,
) -> Result<Option<KeptAnswer>, Interrupt> {
    let Some(Once { key, .. }) = once else { return Ok(None) };
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 7070))", key.scope, key.key)
        .execute(work.sql())
        .await?;
    let kept = sqlx::query!(
        "SELECT body_hash, location, response FROM idempotency_keys WHERE scope = $1 AND key = $2",
        key.scope,
        key.key,
    )
    .fetch_optional(work.sql())
    .await?;
    match kept {
        None => Ok(None),
        Some(kept) if kept.body_hash == key.body_hash => {
            Ok(Some(KeptAnswer { location: kept.location, body: kept.response }))
        }
        Some(_) => Err(Error::KeyReused.into()),
    }
}

/// Keeps the answer.
pub(crate) async fn keep<T>(
    work: &mut Work,
    once: Option<&Once<'_, T>>,
    value: &T,
) -> Result<(), sqlx::Error> {
    let Some(Once { key, render }) = once else { return Ok(()) };
    let answer = render(value);
    sqlx::query!(
        "INSERT INTO idempotency_keys (scope, key, body_hash, location, response, created_at)
         VALUES ($1, $2, $3, $4, $5, windlass_now())",
        key.scope,
        key.key,
        &key.body_hash[..],
        answer.location,
        answer.body,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
