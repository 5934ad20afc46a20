//! Claims: a bulk verb under an `Idempotency-Key`, written down with how far it has come.
//!
//! A piece and its count are one transaction. So a claim whose request has ended, with its server or without, is taken over exactly where it
//! stopped, and no pipeline is met twice under one key. Its lease keeps two requests from working on it at once.

use uuid::Uuid;

use super::outcome::{Bulked, Outcome};
use crate::idempotency::{IdempotencyKey, Once, StoredAnswer, lock_key, store_answer, stored_answer};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// A claim that this request holds. Each piece renews it for 30 s, a few times as long as a piece may take.
pub(super) struct Claim {
    key: IdempotencyKey,
    holder: Uuid,
}

/// A set, and how far it has been gone through.
pub(super) struct Progress {
    pub(super) ids: Vec<Uuid>,
    pub(super) done: usize,
    pub(super) changed: i64,
    pub(super) refused: i64,
}

/// What is known under a key.
pub(super) enum Taken {
    /// The answer.
    Answered(StoredAnswer),
    /// A claim, which is this request's now.
    Mine(Claim, Progress),
    /// A claim of a request that works on it.
    Anothers,
    /// Nothing.
    Nobodys,
}

impl Progress {
    pub(super) fn of(ids: Vec<Uuid>) -> Self {
        Self { ids, done: 0, changed: 0, refused: 0 }
    }

    pub(super) fn next(&self) -> Option<Uuid> {
        self.ids.get(self.done).copied()
    }
}

impl Claim {
    fn new(key: &IdempotencyKey) -> Self {
        Self { key: key.clone(), holder: Uuid::new_v4() }
    }

    /// Counts one piece, in its transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where another request has taken it over, since this one was too slow.
    pub(super) async fn advance(&self, work: &mut Work, outcome: Outcome) -> Result<(), Interrupt> {
        let counted = sqlx::query!(
            "UPDATE bulk_claims SET
                 done = done + 1, changed = changed + $4::int, refused = refused + $5::int,
                 lease_expires_at = windlass_now() + interval '30 seconds'
             WHERE scope = $1 AND key = $2 AND holder = $3",
            self.key.scope,
            self.key.key,
            self.holder,
            i32::from(outcome == Outcome::Changed),
            i32::from(outcome == Outcome::Refused),
        )
        .execute(work.sql())
        .await?;
        self.check(counted.rows_affected())
    }

    fn check(&self, rows: u64) -> Result<(), Interrupt> {
        if rows == 1 {
            return Ok(());
        }
        tracing::debug!(holder = %self.holder, "a bulk claim was taken over");
        Err(Error::Unavailable(sqlx::Error::PoolTimedOut).into())
    }
}

impl Store {
    /// Takes the claim of a key that nobody works on; makes one of the set `found`, if there is none.
    ///
    /// # Errors
    /// [`Error::KeyReused`], [`Error::Unavailable`].
    pub(super) async fn take_claim(
        &self,
        once: &Once<'_, Bulked>,
        found: Option<&[Uuid]>,
    ) -> Result<Taken, Error> {
        transact!(self, work => take(&mut work, once, found).await).await
    }

    /// Ends a claim with the answer for repeats.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn answer_claim(
        &self,
        claim: &Claim,
        once: &Once<'_, Bulked>,
        bulked: &Bulked,
    ) -> Result<(), Error> {
        transact!(self, work => answer(&mut work, claim, once, bulked).await).await
    }

    /// Lets another request take the claim at once. If that fails, its lease ends by itself.
    pub(super) async fn let_go(&self, claim: &Claim) {
        let let_go = sqlx::query!(
            "UPDATE bulk_claims SET lease_expires_at = windlass_now() WHERE scope = $1 AND key = $2 AND holder = $3",
            claim.key.scope,
            claim.key.key,
            claim.holder,
        );
        if let Err(error) =
            crate::db::deadline::<_, Error>(async { Ok(let_go.execute(&self.db.pool).await?) }).await
        {
            tracing::debug!(%error, "cannot let go of a bulk claim");
        }
    }
}

async fn take(work: &mut Work, once: &Once<'_, Bulked>, found: Option<&[Uuid]>) -> Result<Taken, Interrupt> {
    if let Some(stored) = stored_answer(work, Some(once), &[]).await? {
        return Ok(Taken::Answered(stored));
    }
    let claim = Claim::new(&once.key);
    let stored = sqlx::query!(
        r#"SELECT body_hash, ids, done, changed, refused, lease_expires_at > windlass_now() AS "live!"
           FROM bulk_claims WHERE scope = $1 AND key = $2 FOR UPDATE"#,
        once.key.scope,
        once.key.key,
    )
    .fetch_optional(work.sql())
    .await?;
    let Some(stored) = stored else {
        let Some(ids) = found else { return Ok(Taken::Nobodys) };
        make(work, &claim, ids).await?;
        return Ok(Taken::Mine(claim, Progress::of(ids.to_vec())));
    };
    if stored.body_hash != once.key.body_hash {
        return Err(Error::KeyReused.into());
    }
    if stored.live {
        return Ok(Taken::Anothers);
    }
    take_over(work, &claim).await?;
    let done = usize::try_from(stored.done).expect("a CHECK holds it to 0 and more");
    let (changed, refused) = (stored.changed.into(), stored.refused.into());
    Ok(Taken::Mine(claim, Progress { ids: stored.ids, done, changed, refused }))
}

/// Refuses a key under which another body has begun and has no answer yet. The caller holds the key, as [`stored_answer`] leaves it.
pub(super) async fn check_claim(work: &mut Work, key: &IdempotencyKey) -> Result<(), Interrupt> {
    let claimed = sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM bulk_claims WHERE scope = $1 AND key = $2 AND body_hash <> $3
           ) AS "claimed!""#,
        key.scope,
        key.key,
        &key.body_hash[..],
    )
    .fetch_one(work.sql())
    .await?;
    if claimed { Err(Error::KeyReused.into()) } else { Ok(()) }
}

async fn make(work: &mut Work, claim: &Claim, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO bulk_claims (scope, key, body_hash, ids, holder, lease_expires_at)
         VALUES ($1, $2, $3, $4, $5, windlass_now() + interval '30 seconds')",
        claim.key.scope,
        claim.key.key,
        &claim.key.body_hash[..],
        ids,
        claim.holder,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn take_over(work: &mut Work, claim: &Claim) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE bulk_claims SET holder = $3, lease_expires_at = windlass_now() + interval '30 seconds'
         WHERE scope = $1 AND key = $2",
        claim.key.scope,
        claim.key.key,
        claim.holder,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

async fn answer(
    work: &mut Work,
    claim: &Claim,
    once: &Once<'_, Bulked>,
    bulked: &Bulked,
) -> Result<(), Interrupt> {
    // Whoever has seen no answer yet must still see the claim.
    lock_key(work, &once.key).await?;
    let ended = sqlx::query!(
        "DELETE FROM bulk_claims WHERE scope = $1 AND key = $2 AND holder = $3",
        claim.key.scope,
        claim.key.key,
        claim.holder,
    )
    .execute(work.sql())
    .await?;
    claim.check(ended.rows_affected())?;
    store_answer(work, Some(once), &[], bulked).await?;
    Ok(())
}
