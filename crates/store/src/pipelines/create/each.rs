//! The jobs of one request, in one transaction, of which each fails only by itself.

use chrono::{DateTime, Utc};
use windlass_domain::Json;

use super::make::make;
use super::request::{Create, Made};
use crate::db::is_conflict;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// Why one of many jobs was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMade {
    /// `deadline_at` is not ahead of now.
    DeadlineNotAhead,
    /// The caller's key is not for jobs of this type.
    TypeNotAllowed(String),
    /// A defect of ours or of the schema; it is in the log.
    Failed,
}

/// The jobs that were made, and why others were not, in the order asked.
type Outcomes = Vec<Result<Job, NotMade>>;

impl Store {
    /// Creates standalone jobs, each in a pipeline of its own. All that can be made is made in one transaction, with the answer of a key.
    ///
    /// # Errors
    /// [`Error::KeyReused`], [`Error::Unavailable`] for all of them.
    pub async fn create_each(
        &self,
        items: &[Create<'_>],
        once: Option<Once<'_, Outcomes>>,
    ) -> Result<Answer<Outcomes>, Error> {
        if items.is_empty() && once.is_none() {
            return Ok(Answer::New(Vec::new()));
        }
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        transact!(self, work => create_once(&mut work, items, once.as_ref()).await).await
    }
}

async fn create_once(
    work: &mut Work,
    items: &[Create<'_>],
    once: Option<&Once<'_, Outcomes>>,
) -> Result<Answer<Outcomes>, Interrupt> {
    let texts: Vec<&str> = items.iter().flat_map(texts).collect();
    if let Some(stored) = stored_answer(work, once, &texts).await? {
        return Ok(Answer::Repeated(stored));
    }
    let now = work.now().await?;
    let outcomes = create_accepted(work, items, now).await?;
    // What was not made is not shown: nobody need look for it.
    let shown: Vec<&str> =
        items.iter().zip(&outcomes).flat_map(|(item, outcome)| texts_if(item, outcome.is_ok())).collect();
    store_answer(work, once, &shown, &outcomes).await?;
    Ok(Answer::New(outcomes))
}

/// Payload and metadata, or nothing in the place of each.
fn texts<'a>(item: &'a Create<'_>) -> [&'a str; 2] {
    let job = item.new.jobs.first();
    let text = |json: Option<&'a Json>| json.map_or("", Json::as_str);
    [text(job.and_then(|job| job.payload.as_ref())), text(job.and_then(|job| job.metadata.as_ref()))]
}

fn texts_if<'a>(item: &'a Create<'_>, shown: bool) -> [&'a str; 2] {
    if shown { texts(item) } else { [""; 2] }
}

async fn create_accepted(
    work: &mut Work,
    items: &[Create<'_>],
    now: DateTime<Utc>,
) -> Result<Outcomes, Interrupt> {
    let accepted: Vec<&Create<'_>> = items.iter().filter(|item| refused(item, now).is_none()).collect();
    let mut made = create_all(work, &accepted, now).await?.into_iter();
    let outcome = |item: &Create<'_>| match refused(item, now) {
        Some(why) => Err(why),
        None => made.next().expect("each item that was tried has an outcome"),
    };
    Ok(items.iter().map(outcome).collect())
}

/// Why an item is not tried.
fn refused(item: &Create<'_>, now: DateTime<Utc>) -> Option<NotMade> {
    if item.new.deadline_at.is_some_and(|deadline| deadline <= now) {
        return Some(NotMade::DeadlineNotAhead);
    }
    let allowed = item.types.as_deref()?;
    let other = item.new.jobs.iter().find(|job| !allowed.allow(job.type_name.as_str()))?;
    Some(NotMade::TypeNotAllowed(other.type_name.to_string()))
}

/// Creates all at once. Where that fails for a reason of the items', one after the other.
async fn create_all(
    work: &mut Work,
    items: &[&Create<'_>],
    now: DateTime<Utc>,
) -> Result<Outcomes, Interrupt> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    match attempt(work, items, now).await? {
        Ok(made) => Ok(made.into_iter().map(|made| Ok(only(made))).collect()),
        Err(error) => {
            tracing::warn!(%error, jobs = items.len(), "jobs cannot be made together, trying one by one");
            let mut outcomes = Vec::with_capacity(items.len());
            for item in items {
                outcomes.push(create_one(work, item, now).await?);
            }
            Ok(outcomes)
        }
    }
}

async fn create_one(
    work: &mut Work,
    item: &Create<'_>,
    now: DateTime<Utc>,
) -> Result<Result<Job, NotMade>, Interrupt> {
    Ok(match attempt(work, &[item], now).await? {
        Ok(made) => Ok(made.into_iter().map(only).next().expect("one was asked for")),
        Err(error) => {
            tracing::error!(%error, "a job of a batch cannot be made");
            Err(NotMade::Failed)
        }
    })
}

/// Creates these or, where the items themselves are why that fails, nothing.
async fn attempt(
    work: &mut Work,
    items: &[&Create<'_>],
    now: DateTime<Utc>,
) -> Result<Result<Vec<Made>, sqlx::Error>, Interrupt> {
    let before = work.set_savepoint().await?;
    match make(work, items, now).await {
        Ok(made) => {
            work.keep_savepoint(before).await?;
            Ok(Ok(made))
        }
        Err(Interrupt::Failed(Error::Internal(source))) if !is_conflict(&source) => {
            work.go_back_to(before).await?;
            Ok(Err(source))
        }
        Err(interrupt) => Err(interrupt),
    }
}

fn only((_, mut jobs): Made) -> Job {
    jobs.pop().expect("a standalone pipeline has one job")
}
