//! A bulk verb from its set to its answer.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::Reason;

use super::act::{BulkVerb, Piece};
use super::claim::{Claim, Progress, Taken};
use super::outcome::{Bulked, Outcome};
use super::set::GoesOn;
use crate::idempotency::{Answer, Once, StoredAnswer};
use crate::input::PipelineSet;
use crate::{Error, Store};

/// How long to wait for a request with the same key at another server before looking again. Its end is a commit there, which nobody announces.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A verb and for which pipelines.
#[derive(Clone, Copy)]
struct Order<'a> {
    set: &'a PipelineSet,
    verb: BulkVerb,
    reason: Option<&'a Reason>,
}

impl Store {
    /// A verb on each pipeline of the set as it is now, the oldest first, until `goes_on` says no: then `None`, after the piece under way.
    /// With a key, whoever asks again goes on with the same set.
    ///
    /// # Errors
    /// [`Error::Refused`] of a set of more than 10,000, [`Error::DeadlineNotAhead`], [`Error::KeyReused`], [`Error::Unavailable`]; what was done until then stays done.
    pub async fn bulk_pipelines(
        &self,
        set: &PipelineSet,
        verb: BulkVerb,
        reason: Option<&Reason>,
        once: Option<Once<'_, Bulked>>,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Answer<Bulked>>, Error> {
        let order = Order { set, verb, reason };
        let Some(once) = once else {
            verb.check(self).await?;
            let Some(found) = self.find_set(set, goes_on).await? else { return Ok(None) };
            let progress = Progress::of(found);
            let done = self.go_through(order, progress, None, goes_on).await?;
            return Ok(done.map(Answer::New));
        };
        let _key = self.hold_key(Some(&once.key)).await;
        let (claim, progress) = match self.claim(order, &once, goes_on).await? {
            Some(Ok(taken)) => taken,
            Some(Err(stored)) => return Ok(Some(Answer::Repeated(stored))),
            None => return Ok(None),
        };
        let done = self.go_through(order, progress, Some(&claim), goes_on).await;
        let Ok(Some(bulked)) = done else {
            self.let_go(&claim).await;
            return done.map(|_| None);
        };
        self.answer_claim(&claim, &once, &bulked).await?;
        Ok(Some(Answer::New(bulked)))
    }

    /// The claim of this key with the way it has come, or the answer of the request that had it; `None` once it does not go on.
    async fn claim(
        &self,
        order: Order<'_>,
        once: &Once<'_, Bulked>,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Result<(Claim, Progress), StoredAnswer>>, Error> {
        let mut found: Option<Vec<Uuid>> = None;
        while goes_on() {
            match self.take_claim(once, found.as_deref()).await? {
                Taken::Answered(stored) => return Ok(Some(Err(stored))),
                Taken::Mine(claim, progress) => return Ok(Some(Ok((claim, progress)))),
                Taken::Nobodys => {
                    order.verb.check(self).await?;
                    found = self.find_set(order.set, goes_on).await?;
                }
                Taken::Anothers => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
        Ok(None)
    }

    async fn go_through(
        &self,
        order: Order<'_>,
        mut progress: Progress,
        claim: Option<&Claim>,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Bulked>, Error> {
        let piece = Piece { set: order.set, verb: order.verb, reason: order.reason, claim };
        while let Some(id) = progress.next() {
            if !goes_on() {
                return Ok(None);
            }
            let outcome = self.act(piece, id).await?;
            progress.done += 1;
            progress.changed += i64::from(outcome == Outcome::Changed);
            progress.refused += i64::from(outcome == Outcome::Refused);
        }
        let matched = i64::try_from(progress.ids.len()).unwrap_or(i64::MAX);
        Ok(Some(Bulked { matched, changed: progress.changed, refused: progress.refused }))
    }
}
