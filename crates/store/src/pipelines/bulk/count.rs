//! The preview of a bulk verb: how many pipelines fit.

use super::act::BulkVerb;
use super::claim::check_claim;
use super::set::GoesOn;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::PipelineSet;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// How many pipelines fit, whatever that is; `None` once it does not go on. What the verb may ask of no pipeline is refused as by
    /// [`Store::bulk_pipelines`]. With a key, a repeat gets the first answer.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn count_pipelines(
        &self,
        set: &PipelineSet,
        verb: BulkVerb,
        once: Option<Once<'_, i64>>,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Answer<i64>>, Error> {
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        let Some(once) = once else {
            verb.check(self).await?;
            return Ok(self.count_set(set, goes_on).await?.map(Answer::New));
        };
        if let Some(answer) = transact!(self, work => answer(&mut work, &once, None).await).await? {
            return Ok(Some(answer));
        }
        verb.check(self).await?;
        let Some(matched) = self.count_set(set, goes_on).await? else { return Ok(None) };
        transact!(self, work => answer(&mut work, &once, Some(matched)).await).await
    }
}

/// The answer that is stored, or else this one, which then is.
async fn answer(
    work: &mut Work,
    once: &Once<'_, i64>,
    matched: Option<i64>,
) -> Result<Option<Answer<i64>>, Interrupt> {
    if let Some(stored) = stored_answer(work, Some(once), &[]).await? {
        return Ok(Some(Answer::Repeated(stored)));
    }
    check_claim(work, &once.key).await?;
    let Some(matched) = matched else { return Ok(None) };
    store_answer(work, Some(once), &[], &matched).await?;
    Ok(Some(Answer::New(matched)))
}
