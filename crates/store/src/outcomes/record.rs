//! `POST /v1/tasks/{id}/outcomes`.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::count::{Tally, count_outcomes};
use super::insert::{insert_outcomes, read_holders};
use super::new_outcome::NewOutcome;
use crate::attempts::why_lost;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Records outcomes of a running task, all or none; answers how many.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::LeaseLost`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn record_outcomes(
        &self,
        task: Uuid,
        token: Uuid,
        outcomes: Vec<NewOutcome>,
        once: Option<Once<'_, usize>>,
    ) -> Result<Answer<usize>, Error> {
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        transact!(self, work => record_once(&mut work, (task, token), &outcomes, once.as_ref()).await).await
    }
}

async fn record_once(
    work: &mut Work,
    lease: (Uuid, Uuid),
    outcomes: &[NewOutcome],
    once: Option<&Once<'_, usize>>,
) -> Result<Answer<usize>, Interrupt> {
    if let Some(stored) = stored_answer(work, once, &[]).await? {
        return Ok(Answer::Repeated(stored));
    }
    record(work, lease, outcomes).await?;
    store_answer(work, once, &[], &outcomes.len()).await?;
    Ok(Answer::New(outcomes.len()))
}

/// The lease is looked at before the rows go in and once more behind them, and never locked: whoever ends it does not wait for a call of this kind. What
/// ends it after that comes later.
async fn record(work: &mut Work, lease: (Uuid, Uuid), outcomes: &[NewOutcome]) -> Result<(), Interrupt> {
    let Some(holder) = read_holders(work.sql(), &[lease]).await?.remove(&lease) else {
        return Err(lost(work, lease.0).await?.into());
    };
    insert_outcomes(work.sql(), &[(&holder, outcomes)]).await?;
    if !read_holders(work.sql(), &[lease]).await?.contains_key(&lease) {
        return Err(lost(work, lease.0).await?.into());
    }
    let mut tally = Tally::default();
    tally.add(outcomes);
    count_outcomes(work.sql(), &BTreeMap::from([(holder.job_id, tally)])).await?;
    Ok(())
}

async fn lost(work: &mut Work, task: Uuid) -> Result<Error, sqlx::Error> {
    Ok(why_lost(work, &[task]).await?.pop().unwrap_or(Error::NotFound(Resource::Task)))
}
