//! A batch, round by round.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::cause::Cause;
use super::more::More;
use super::{decide, early, lock, lost, recorded, write};
use crate::rollup::roll_up;
use crate::tasks::read_tasks;
use crate::view::Task;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// The answer to one item, by its index in the batch.
type Answer = (usize, Result<Option<Task>, Error>);

impl Store {
    /// Ends attempts, in as many rounds as the batch needs; answers in the order asked, the sweeper's without tasks.
    pub(crate) async fn end_attempts(
        &self,
        causes: &[Cause<'_>],
    ) -> Result<Vec<Result<Option<Task>, Error>>, Error> {
        let mut answers: Vec<Option<Result<Option<Task>, Error>>> = causes.iter().map(|_| None).collect();
        let mut settled = HashSet::new();
        while answers.iter().any(Option::is_none) {
            let waiting: Vec<(usize, Cause<'_>)> =
                (0..).zip(causes.iter().copied()).filter(|(at, _)| answers[*at].is_none()).collect();
            let items = next_round(&waiting, &settled);
            for (at, answer) in transact!(self, work => round(&mut work, &items).await).await? {
                settled.insert(causes[at].task());
                answers[at] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// Of the waiting items the first of each task; of a task that has been answered before, all: they are repeats. One that carries more is the only one
/// of its task: what it carries is written if a report of the task is accepted.
fn next_round<'a>(waiting: &[(usize, Cause<'a>)], settled: &HashSet<Uuid>) -> Vec<(usize, Cause<'a>)> {
    let (mut seen, mut closed) = (HashSet::new(), HashSet::new());
    let mut is_next = |cause: &Cause<'_>| {
        let task = cause.task();
        let (is_first, carries_more) = (seen.insert(task), cause.carries_more());
        let is_next = !closed.contains(&task) && (is_first || settled.contains(&task) && !carries_more);
        if carries_more || !is_next {
            closed.insert(task);
        }
        is_next
    };
    waiting.iter().copied().filter(|(_, cause)| is_next(cause)).collect()
}

/// Answers at least the first of the items.
async fn round(work: &mut Work, items: &[(usize, Cause<'_>)]) -> Result<Vec<Answer>, Interrupt> {
    let mut recorded = recorded::record_early(work, items).await?;
    let mut early = early::insert_early(work, items).await?;
    let log_bytes = work.log_bytes;
    let reports = items.iter().filter_map(|(_, cause)| cause.report());
    // Boxed, so that rounds without more are no larger for it.
    let more = Box::pin(More::begin(work.sql(), reports, log_bytes)).await?;
    let held = lock::lock(work, items).await?;
    let mut decided = decide::decide(work, held, &mut early, items).await?;
    early.remove(work).await?;
    recorded.keep_only(work, &decided.accepted).await?;
    let mut tasks = write::write(work, &decided).await?;
    let accepted: HashSet<Uuid> = decided.decisions.iter().map(|decision| decision.task.id).collect();
    let logged = Box::pin(more.finish(work.sql(), &accepted)).await?;
    work.effects.ended.log.add(logged);
    if !decided.endings.is_empty() {
        // What is tried again in a job that ends with this batch is cancelled: read anew.
        tasks.retain(|_, task| task.state.has_ended());
        roll_up(work, std::mem::take(&mut decided.endings)).await?;
    }
    recorded.count(work).await?;
    let mut answers: Vec<Answer> = decided.refused.into_iter().map(|(at, error)| (at, Err(error))).collect();
    let lost: Vec<(usize, Cause<'_>)> =
        items.iter().copied().filter(|(at, _)| decided.lost.contains(at)).collect();
    let mut accepted: HashSet<usize> = decided.accepted.into_iter().collect();
    for ((at, _), why) in lost.iter().zip(lost::explain(work, &lost).await?) {
        match why {
            Some(error) => answers.push((*at, Err(error))),
            None => drop(accepted.insert(*at)),
        }
    }
    let accepted: Vec<_> = items.iter().filter(|(at, _)| accepted.contains(at)).collect();
    read_missing(work, &mut tasks, &accepted).await?;
    answers.extend(accepted.into_iter().map(|(at, cause)| (*at, Ok(tasks.get(&cause.task()).cloned()))));
    Ok(answers)
}

/// Reads the tasks of accepted reports that the write did not return: repeats, and what a job's end changed.
async fn read_missing(
    work: &mut Work,
    tasks: &mut BTreeMap<Uuid, Task>,
    accepted: &[&(usize, Cause<'_>)],
) -> Result<(), Interrupt> {
    let missing: Vec<Uuid> = accepted
        .iter()
        .filter(|(_, cause)| cause.verb().is_some() && !tasks.contains_key(&cause.task()))
        .map(|(_, cause)| cause.task())
        .collect();
    if !missing.is_empty() {
        tasks.extend(read_tasks(work.sql(), &missing).await?.into_iter().map(|task| (task.id, task)));
    }
    Ok(())
}
