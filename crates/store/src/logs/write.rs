//! `POST /v1/tasks/{id}/log` and `POST /v1/tasks/log`, in batches of calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::add::add_held;
use super::keys;
use super::line::{AttemptKey, LogLine, Logged, NotLogged};
use super::plan::NewLines;
use super::rows::lock_leases;
use crate::attempts::why_lost;
use crate::idempotency::{Answer, IdempotencyKey};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What became of the items of a call, in its order.
type Outcomes = Vec<Result<Logged, NotLogged>>;

/// Makes the answer that repeats of a call get; `None`: the call was refused, which does not use its key up.
pub type RenderLog = Arc<dyn Fn(&[Result<Logged, NotLogged>]) -> Option<String> + Send + Sync>;

/// A log call.
#[derive(Clone)]
pub struct LogCall {
    /// Lines by task.
    pub items: Vec<LogItem>,
    /// The key under which it is done once, and how its answer is made.
    pub once: Option<(IdempotencyKey, RenderLog)>,
}

/// Lines of one task.
#[derive(Debug, Clone)]
pub struct LogItem {
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
}

/// Bytes that a line or a task counts beside its text.
const EACH: usize = 64;

impl LogCall {
    /// Bytes that it takes up: those of its texts, and some for each line and task, which may have none.
    pub fn bytes(&self) -> usize {
        let lines = self.items.iter().flat_map(|item| &item.lines);
        lines.map(|line| line.bytes() + EACH).sum::<usize>() + self.items.len() * EACH
    }

    fn key(&self) -> Option<&IdempotencyKey> {
        self.once.as_ref().map(|(key, _)| key)
    }
}

impl Store {
    /// Adds lines to the logs of leased tasks; answers each call in the order asked, its items in its own. No two of the calls have the same key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for a call [`Error::KeyReused`].
    pub async fn write_log(&self, calls: &[LogCall]) -> Result<Vec<Result<Answer<Outcomes>, Error>>, Error> {
        transact!(self, work => write_all(&mut work, calls).await).await
    }
}

async fn write_all(
    work: &mut Work,
    calls: &[LogCall],
) -> Result<Vec<Result<Answer<Outcomes>, Error>>, Interrupt> {
    let keys: Vec<_> = calls.iter().map(LogCall::key).collect();
    let stored = keys::stored(work, &keys).await?;
    let is_new = stored.iter().map(Option::is_none);
    let new: Vec<&LogCall> = calls.iter().zip(is_new).filter(|(_, new)| *new).map(|(call, _)| call).collect();
    let items: Vec<&LogItem> = new.iter().flat_map(|call| &call.items).collect();
    let mut outcomes = write_items(work, &items).await?.into_iter();
    let mut answers = Vec::new();
    let mut repeats = Vec::new();
    for (call, stored) in calls.iter().zip(stored) {
        if let Some(stored) = stored {
            answers.push(stored.map(Answer::Repeated));
            continue;
        }
        let own: Outcomes = outcomes.by_ref().take(call.items.len()).collect();
        if let Some((key, render)) = &call.once {
            repeats.extend(render(&own).map(|answer| (key, answer)));
        }
        answers.push(Ok(Answer::New(own)));
    }
    keys::store(work, repeats).await?;
    Ok(answers)
}

async fn write_items(work: &mut Work, items: &[&LogItem]) -> Result<Outcomes, sqlx::Error> {
    if items.is_empty() {
        return Ok(Outcomes::new());
    }
    let attempts: BTreeSet<AttemptKey> = items.iter().map(|item| (item.id, item.token)).collect();
    let held = lock_leases(work.sql(), &attempts).await?;
    let is_held = |item: &LogItem| held.contains(&(item.id, item.token));
    let lost: Vec<Uuid> = items.iter().filter(|item| !is_held(item)).map(|item| item.id).collect();
    let lines: Vec<NewLines<'_>> = items
        .iter()
        .filter(|item| is_held(item))
        .map(|item| NewLines { task: item.id, token: item.token, lines: &item.lines })
        .collect();
    let most_bytes = work.log_bytes;
    let logged = add_held(work.sql(), &lines, most_bytes).await?;
    let mut logged = logged.into_iter().map(|logged| logged.expect("a lease that is held is current"));
    let reasons = if lost.is_empty() { Vec::new() } else { why_lost(work, &lost).await? };
    let mut reasons = reasons.into_iter().map(|error| match error {
        Error::LeaseLost { task_state } => NotLogged::LeaseLost { task_state },
        _ => NotLogged::NotFound,
    });
    let outcomes: Outcomes = items
        .iter()
        .map(|item| {
            if is_held(item) {
                Ok(logged.next().expect("each item has what became of it"))
            } else {
                Err(reasons.next().expect("every lost lease has its reason"))
            }
        })
        .collect();
    for logged in outcomes.iter().flatten() {
        work.effects.ended.log.add(*logged);
    }
    Ok(outcomes)
}
