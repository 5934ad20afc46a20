//! Leases of a commit whose answer was lost with the connection: nobody has them, and nobody knows whether they exist.
//!
//! They are looked for by their tokens once the database is back, and released, the attempt not counted. What this process does not live to
//! release runs out as a failed attempt.

use std::time::Duration;

use uuid::Uuid;

use crate::input::Release;
use crate::{Error, Store};

/// How often the database is asked whether it is back.
const PAUSE: Duration = Duration::from_secs(1);
/// How often at the most: by then most leases have run out.
const TRIES: usize = 300;

impl Store {
    /// Releases the leases of these tokens as soon as the database answers.
    pub(crate) fn give_back_unknown(&self, tokens: Vec<Uuid>) {
        let store = self.clone();
        tokio::spawn(async move {
            for _ in 0..TRIES {
                tokio::time::sleep(PAUSE).await;
                match store.give_back(&tokens).await {
                    Ok(0) => return,
                    Ok(leases) => {
                        return tracing::info!(leases, "gave back leases whose commit was not heard of");
                    }
                    Err(error) => tracing::debug!(%error, "cannot give back leases yet"),
                }
            }
        });
    }

    async fn give_back(&self, tokens: &[Uuid]) -> Result<usize, Error> {
        // The leases have no index on the token: this is for the rare day, and they are few and narrow.
        let leases = sqlx::query_as!(
            Lease,
            "SELECT task_id AS id, token FROM leases WHERE token = ANY($1) ORDER BY task_id",
            tokens,
        )
        .fetch_all(&self.pool)
        .await?;
        let releases: Vec<Release> = leases
            .iter()
            .map(|lease| Release { id: lease.id, token: lease.token, delay: Duration::ZERO })
            .collect();
        if !releases.is_empty() {
            self.release(&releases).await?;
        }
        Ok(releases.len())
    }
}

struct Lease {
    id: Uuid,
    token: Uuid,
}
