//! How attempts end: by a worker's report or by the sweeper. One path for all of them, in batches.
//!
//! Locks are taken in the crate's order: tasks by id, jobs by id, then leases. A lease is only proof once it has been locked after its
//! job, since a job's end deletes its leases under the job's lock. Decisions are taken item by item on the locked rows, so that a batch
//! means the same as its items one after the other; what follows an item that ended its job, and a second report of one task, waits for
//! the next round. A refused item changes nothing and never fails its neighbours.

mod decide;
mod lock;
mod lost;
mod write;

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;
use windlass_domain::Verb;

use crate::input::{Complete, Fail, Release};
use crate::rollup::roll_up;
use crate::tasks::read_tasks;
use crate::transaction::{Interrupt, Work, transact};
use crate::view::Task;
use crate::{Error, Store};

pub(crate) use lost::why_lost;

/// What ends an attempt.
#[derive(Clone, Copy)]
pub(crate) enum Report<'a> {
    Complete(&'a Complete),
    Fail(&'a Fail),
    Release(&'a Release),
    /// The sweeper found the lease due.
    Expire {
        task: Uuid,
        token: Uuid,
    },
}

impl Report<'_> {
    fn task(&self) -> Uuid {
        match self {
            Self::Complete(report) => report.id,
            Self::Fail(report) => report.id,
            Self::Release(report) => report.id,
            Self::Expire { task, .. } => *task,
        }
    }

    fn token(&self) -> Uuid {
        match self {
            Self::Complete(report) => report.token,
            Self::Fail(report) => report.token,
            Self::Release(report) => report.token,
            Self::Expire { token, .. } => *token,
        }
    }

    fn verb(&self) -> Option<Verb> {
        match self {
            Self::Complete(_) => Some(Verb::Complete),
            Self::Fail(_) => Some(Verb::Fail),
            Self::Release(_) => Some(Verb::Release),
            Self::Expire { .. } => None,
        }
    }
}

/// The answer to one item, by its place in the batch.
type Answer = (usize, Result<Option<Task>, Error>);

impl Store {
    /// Applies reports; answers each with its task in the order asked.
    pub(crate) async fn report(&self, reports: &[Report<'_>]) -> Result<Vec<Result<Task, Error>>, Error> {
        let answers = self.end_attempts(reports).await?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map(|task| task.expect("a report's answer has its task")))
            .collect())
    }

    /// Ends attempts, in as many rounds as the batch needs; answers in the order asked, the sweeper's without tasks.
    pub(crate) async fn end_attempts(
        &self,
        reports: &[Report<'_>],
    ) -> Result<Vec<Result<Option<Task>, Error>>, Error> {
        let mut answers: Vec<Option<Result<Option<Task>, Error>>> = reports.iter().map(|_| None).collect();
        let mut settled = HashSet::new();
        while answers.iter().any(Option::is_none) {
            let waiting: Vec<(usize, Report<'_>)> =
                (0..).zip(reports.iter().copied()).filter(|(at, _)| answers[*at].is_none()).collect();
            let items = next_round(&waiting, &settled);
            for (at, answer) in transact!(self, work => round(&mut work, &items).await).await? {
                settled.insert(reports[at].task());
                answers[at] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// Of the waiting items the first of each task; of a task that has been answered before, all: they are repeats.
fn next_round<'a>(waiting: &[(usize, Report<'a>)], settled: &HashSet<Uuid>) -> Vec<(usize, Report<'a>)> {
    let mut seen = HashSet::new();
    let mut is_next = |task| settled.contains(&task) || seen.insert(task);
    waiting.iter().copied().filter(|(_, report)| is_next(report.task())).collect()
}

/// Answers at least the first of the items.
async fn round(work: &mut Work, items: &[(usize, Report<'_>)]) -> Result<Vec<Answer>, Interrupt> {
    let held = lock::lock(work, items).await?;
    let mut decided = decide::decide(work, held, items).await?;
    let mut tasks = write::write(work, &decided).await?;
    if !decided.endings.is_empty() {
        // What is tried again in a job that ends with this batch is cancelled: read anew.
        tasks.retain(|_, task| task.state.has_ended());
        roll_up(work, std::mem::take(&mut decided.endings)).await?;
    }
    let mut answers: Vec<Answer> = decided.refused.into_iter().map(|(at, error)| (at, Err(error))).collect();
    let lost: Vec<(usize, Report<'_>)> =
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
    answers.extend(accepted.into_iter().map(|(at, report)| (*at, Ok(tasks.get(&report.task()).cloned()))));
    Ok(answers)
}

/// Reads the tasks of accepted reports that the write did not tell: repeats, and what a job's end changed.
async fn read_missing(
    work: &mut Work,
    tasks: &mut BTreeMap<Uuid, Task>,
    accepted: &[&(usize, Report<'_>)],
) -> Result<(), Interrupt> {
    let missing: Vec<Uuid> = accepted
        .iter()
        .filter(|(_, report)| report.verb().is_some() && !tasks.contains_key(&report.task()))
        .map(|(_, report)| report.task())
        .collect();
    if !missing.is_empty() {
        tasks.extend(read_tasks(work.sql(), &missing).await?.into_iter().map(|task| (task.id, task)));
    }
    Ok(())
}
