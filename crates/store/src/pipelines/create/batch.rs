//! What came in several requests, in one transaction.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::make::make;
use super::request::{Create, Made};
use crate::idempotency::{Answer, Kept, Once, StoredAnswer, store_answers, stored_answers};
use crate::input::NewPipeline;
use crate::keys::check_types_of_jobs;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What became of one request.
type Outcome = Result<Answer<Made>, Error>;

impl Store {
    /// Creates pipelines; answers each with its jobs in the order of the request. A request with a key [holds](Self::hold_key) it; where one was given up
    /// and comes again meanwhile, the first in the batch is done, and the others repeat its answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::DeadlineNotAhead`], [`Error::TypesNotAllowed`], [`Error::KeyReused`].
    pub async fn create(&self, batch: &[Create<'_>]) -> Result<Vec<Outcome>, Error> {
        let mut outcomes: Vec<Option<Outcome>> = batch.iter().map(|_| None).collect();
        while outcomes.iter().any(Option::is_none) {
            let round = next_round(batch, &outcomes);
            let items: Vec<&Create<'_>> = round.iter().map(|at| &batch[*at]).collect();
            let done = transact!(self, work => create_round(&mut work, &items).await).await?;
            for (at, outcome) in round.into_iter().zip(done) {
                outcomes[at] = Some(outcome);
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Creates one pipeline; answers it with its jobs in the order of the request.
    ///
    /// # Errors
    /// [`Error::DeadlineNotAhead`], [`Error::TypesNotAllowed`], [`Error::KeyReused`], [`Error::NotFound`] of a template that is gone meanwhile,
    /// [`Error::Unavailable`].
    pub async fn create_pipeline(
        &self,
        new: NewPipeline,
        once: Option<Once<'_, Made>>,
    ) -> Result<Answer<Made>, Error> {
        let types = self.types.clone();
        let create = Create { caller: self.caller, types, new, standalone: false, once };
        // Boxed, or every caller would be as large.
        Box::pin(self.create_alone(create)).await
    }

    /// Creates what is too large for a batch; answers as [`create`](Self::create) does.
    ///
    /// # Errors
    /// As [`create_pipeline`](Self::create_pipeline).
    ///
    /// # Panics
    /// Never: one item has one outcome.
    pub async fn create_alone(&self, create: Create<'_>) -> Result<Answer<Made>, Error> {
        let _key = self.hold_key(create.once.as_ref().map(|once| &once.key)).await;
        let _large = self.admit(&create.new.jobs).await;
        self.create(&[create]).await?.pop().expect("each item of a batch has an outcome")
    }
}

/// The next items to do: those that are not done, but of one key only the first.
fn next_round(batch: &[Create<'_>], outcomes: &[Option<Outcome>]) -> Vec<usize> {
    let mut keys = HashSet::new();
    let mut is_next = |at: usize| match &batch[at].once {
        Some(once) => keys.insert((&once.key.scope, &once.key.key)),
        None => true,
    };
    (0..batch.len()).filter(|at| outcomes[*at].is_none() && is_next(*at)).collect()
}

async fn create_round(work: &mut Work, items: &[&Create<'_>]) -> Result<Vec<Outcome>, Interrupt> {
    let keys: Vec<_> = items.iter().filter_map(|item| Some(&item.once.as_ref()?.key)).collect();
    let mut stored = stored_answers(work, &keys).await?.into_iter();
    let now = work.now().await?;
    let mut outcomes: Vec<Option<Outcome>> = items
        .iter()
        .map(|item| {
            let stored = item.once.as_ref().and_then(|_| stored.next().flatten());
            refused_or_repeated(item, stored, now)
        })
        .collect();
    let new: Vec<&Create<'_>> =
        items.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_none()).map(|(item, _)| *item).collect();
    if !new.is_empty() {
        let made = make(work, &new, now).await?;
        keep(work, &new, &made).await?;
        let places = outcomes.iter_mut().filter(|outcome| outcome.is_none());
        places.zip(made).for_each(|(place, made)| *place = Some(Ok(Answer::New(made))));
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// The outcome of a request that makes nothing.
fn refused_or_repeated(
    item: &Create<'_>,
    stored: Option<Result<Kept, Error>>,
    now: DateTime<Utc>,
) -> Option<Outcome> {
    match stored {
        Some(Ok(kept)) => Some(Ok(Answer::Repeated(kept.fill(&item.shown_texts())))),
        Some(Err(error)) => Some(Err(error)),
        None if item.new.deadline_at.is_some_and(|deadline| deadline <= now) => {
            Some(Err(Error::DeadlineNotAhead))
        }
        None => check_types_of_jobs(item.types.as_deref(), &item.new.jobs).err().map(Err),
    }
}

/// Stores the answers of those that have a key.
async fn keep(work: &mut Work, items: &[&Create<'_>], made: &[Made]) -> Result<(), sqlx::Error> {
    let keyed = items.iter().zip(made).filter_map(|(item, made)| Some((item, item.once.as_ref()?, made)));
    let answers: Vec<(_, StoredAnswer, Vec<&str>)> =
        keyed.map(|(item, once, made)| (&once.key, (once.render)(made), item.shown_texts())).collect();
    store_answers(work, answers).await
}
