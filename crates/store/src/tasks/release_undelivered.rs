//! Releases leases that nobody heard of; their attempts are not counted.
//!
//! Either the client went before its answer, or the answer to the commit was lost with the database's connection. Those of a dequeue with an
//! `Idempotency-Key` are left alone once a repeat was answered with them; otherwise the key is forgotten with them, so that a repeat is a dequeue
//! like any other. What this process does not live to release expires as a failed attempt.

use std::time::Duration;

use uuid::Uuid;

use crate::attempts::{Cause, Release, Report};
use crate::db::deadline;
use crate::input::Checkpoint;
use crate::{Error, Store};

/// How often the database is asked whether it is back.
const PAUSE: Duration = Duration::from_secs(1);
/// How often at the most: by then most leases have run out.
const TRIES: usize = 300;

/// Looks in vain before there is nothing to release: a statement whose connection broke may still wait for a row, until its time is over.
const LOOKS: usize = 10;

/// A lease by its task and its token.
pub(crate) type Lease = (Uuid, Uuid);

impl Store {
    /// Releases leases whose client has gone; `key` is that of their dequeue, if it had one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn release_undelivered(&self, leases: &[Lease], key: Option<&str>) -> Result<(), Error> {
        let keys: Vec<String> = key.map(str::to_owned).into_iter().collect();
        let tokens: Vec<Uuid> = leases.iter().map(|(_, token)| *token).collect();
        self.release_unheard(leases, &tokens, &keys).await.map(drop)
    }

    /// Releases the leases of these tokens, should they exist, as soon as the database answers.
    pub(crate) fn release_unknown(&self, tokens: Vec<Uuid>, keys: Vec<String>) {
        let store = self.clone();
        tokio::spawn(async move {
            let mut looks = 0;
            for _ in 0..TRIES {
                tokio::time::sleep(PAUSE).await;
                match store.look_for_unheard(&tokens, &keys).await {
                    Ok(0) => looks += 1,
                    Ok(leases) => {
                        return tracing::info!(leases, "released leases whose commit was not heard of");
                    }
                    Err(error) => tracing::debug!(%error, "cannot release leases yet"),
                }
                if looks == LOOKS {
                    return;
                }
            }
        });
    }

    async fn look_for_unheard(&self, tokens: &[Uuid], keys: &[String]) -> Result<usize, Error> {
        // The leases have no index on the token: this is for the rare day, and they are few and narrow.
        let leases = sqlx::query!(
            "SELECT task_id AS id, token FROM leases WHERE token = ANY($1) ORDER BY task_id",
            tokens,
        );
        let leases = deadline(leases.fetch_all(&self.db.pool)).await?;
        let leases: Vec<Lease> = leases.into_iter().map(|lease| (lease.id, lease.token)).collect();
        self.release_unheard(&leases, tokens, keys).await
    }

    async fn release_unheard(
        &self,
        leases: &[Lease],
        tokens: &[Uuid],
        keys: &[String],
    ) -> Result<usize, Error> {
        let heard = if keys.is_empty() { Vec::new() } else { self.forget_keys(keys, tokens).await? };
        let releases: Vec<Report> = leases
            .iter()
            .filter(|(_, token)| !heard.contains(token))
            .map(|(id, token)| {
                Release {
                    caller: self.caller,
                    id: *id,
                    token: *token,
                    delay: Duration::ZERO,
                    checkpoint: Checkpoint::Unchanged,
                    lines: Vec::new(),
                }
                .into()
            })
            .collect();
        if !releases.is_empty() {
            // Not on a hot connection, which may be broken: the caller may have one try only.
            self.end_attempts(&releases.iter().map(Cause::Reported).collect::<Vec<_>>()).await?;
        }
        Ok(releases.len())
    }

    /// Forgets the keys under which these tokens are stored, unless they were repeated; returns the tokens of the other keys.
    async fn forget_keys(&self, keys: &[String], tokens: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        deadline(async {
            let forget = sqlx::query!(
                "DELETE FROM dequeue_keys WHERE key = ANY($1) AND NOT repeated AND tokens && $2",
                keys,
                tokens,
            );
            forget.execute(&self.db.pool).await?;
            let heard = sqlx::query_scalar!("SELECT tokens FROM dequeue_keys WHERE key = ANY($1)", keys);
            Ok(heard.fetch_all(&self.db.pool).await?.into_iter().flatten().collect())
        })
        .await
    }
}
