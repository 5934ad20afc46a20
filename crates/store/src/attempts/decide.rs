//! Decides what each report means, item by item, on the rows that the round holds.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;
use windlass_domain::{JobState, TaskState};

use super::cause::Cause;
use super::early::Early;
use super::end::End;
use super::lock::{Held, HeldTask};
use super::report::{AddTasks, Complete, Report};
use crate::Error;
use crate::error::{Part, Refusal};
use crate::events::{Actor, Event};
use crate::jobs::{Inserted, LockedJob, add_to_locked, count_inserted, seal_by_completion};
use crate::keys::check_types;
use crate::origins::{origin_for, producers_of};
use crate::rollup::Ending;
use crate::work::{Interrupt, Work};

/// One attempt's end, to be written.
pub(super) struct Decision<'a> {
    pub(super) task: HeldTask,
    pub(super) end: End<'a>,
    pub(super) actor: Actor,
}

/// What a round has decided.
#[derive(Default)]
pub(super) struct Decided<'a> {
    pub(super) decisions: Vec<Decision<'a>>,
    /// The jobs that the round holds, as the decisions leave them.
    pub(super) jobs: BTreeMap<Uuid, LockedJob>,
    pub(super) endings: Vec<Ending>,
    pub(super) accepted: Vec<usize>,
    pub(super) refused: Vec<(usize, Error)>,
    /// Items whose token is not current.
    pub(super) lost: HashSet<usize>,
}

pub(super) async fn decide<'a>(
    work: &mut Work,
    mut held: Held,
    early: &mut Early,
    items: &[(usize, Cause<'a>)],
) -> Result<Decided<'a>, Interrupt> {
    let mut decided = Decided::default();
    let mut ended: HashSet<Uuid> = HashSet::new();
    let mut sealed: HashSet<Uuid> = HashSet::new();
    let mut reported: HashSet<Uuid> = HashSet::new();
    for (at, cause) in items {
        let Some(task) = current(&held, &reported, cause) else {
            decided.lost.insert(*at);
            continue;
        };
        if ended.contains(&task.job_id) {
            continue;
        }
        if let Cause::Reported(Report::Complete(complete)) = cause {
            match targets(&held, &task, complete) {
                Err(error) => {
                    decided.refused.push((*at, error));
                    continue;
                }
                Ok(targets) if targets.iter().any(|target| ended.contains(target)) => continue,
                Ok(targets) => {
                    let inserted = (0..targets.len()).map(|nth| early.take(*at, nth)).collect();
                    sealed.extend(add_all(work, &mut held, &task, (complete, targets), inserted).await?);
                }
            }
        }
        let decision = Decision { end: end(cause, &task, &held), actor: cause.actor(), task };
        let job = apply(work, &mut held, &decision);
        // A threshold that a retry by hand left passed is judged at the next end of a task, not when one is tried again or released.
        if decision.end.state.has_ended() && job.end().is_some() {
            ended.insert(job.id);
        }
        decided.decisions.push(decision);
        decided.accepted.push(*at);
        reported.insert(cause.task());
    }
    decided.endings = endings(&held, &ended, &sealed);
    decided.jobs = held.jobs;
    Ok(decided)
}

/// The leased task, if the token of what ends its attempt is current, and if that is still due where time ends it.
fn current(held: &Held, reported: &HashSet<Uuid>, cause: &Cause<'_>) -> Option<HeldTask> {
    // A further item of a task whose attempt has ended in this round.
    if reported.contains(&cause.task()) {
        return None;
    }
    let task = held.tasks.get(&cause.task()).filter(|task| task.token == cause.token())?;
    let due = task.due || !matches!(cause, Cause::Expired { .. });
    (due && held.jobs[&task.job_id].takes_reports()).then(|| task.clone())
}

/// The jobs that end with this round.
fn endings(held: &Held, ended: &HashSet<Uuid>, sealed: &HashSet<Uuid>) -> Vec<Ending> {
    let ending = |job: &LockedJob| job.end().map(|end| Ending::decided(job.clone(), end));
    // A job that a later item added tasks to goes on.
    let mut endings: Vec<Ending> = ended.iter().filter_map(|id| ending(&held.jobs[id])).collect();
    // Sealing ends a job of which no task is open; its threshold is judged where one of its tasks has ended.
    let sealed = sealed.iter().filter(|id| !endings.iter().any(|ending| ending.job.id == **id));
    let empty = sealed.map(|id| &held.jobs[id]).filter(|job| job.counts.open() == 0);
    let empty: Vec<Ending> = empty.filter_map(ending).collect();
    endings.extend(empty);
    endings
}

/// The jobs that a completion adds tasks to, in its order.
fn targets(held: &Held, task: &HeldTask, complete: &Complete) -> Result<Vec<Uuid>, Error> {
    let pipeline = held.jobs[&task.job_id].pipeline_id;
    let mut unknown = Vec::new();
    let mut targets = Vec::new();
    for (item, add) in complete.add_tasks.iter().enumerate() {
        match held.targets.get(&(pipeline, add.job.to_string())) {
            Some(target) => targets.push(*target),
            None => unknown.push(Refusal::UnknownJob { item, key: add.job.to_string() }),
        }
    }
    if !unknown.is_empty() {
        return Err(Error::Refused(unknown));
    }
    let types = targets
        .iter()
        .enumerate()
        .map(|(item, target)| (Part::Addition(item), held.jobs[target].type_name.as_str()));
    check_types(complete.types.as_deref(), types)?;
    let mut sealed: HashSet<Uuid> = HashSet::new();
    for (add, target) in complete.add_tasks.iter().zip(&targets) {
        let job = &held.jobs[target];
        // To seal what is sealed changes nothing. One that has ended otherwise than well takes tasks, which share its end.
        let only_seals = add.seal && add.tasks.is_empty();
        let takes_no_tasks = if job.state.has_ended() {
            job.state == JobState::Succeeded
        } else {
            job.seal.is_on() || sealed.contains(target)
        };
        if takes_no_tasks && !only_seals {
            return Err(Error::JobSealed { key: job.key.clone() });
        }
        if add.seal {
            sealed.insert(*target);
        }
    }
    Ok(targets)
}

/// Adds tasks of a completion to a job, inserted before or not; returns it as it is then.
/// Adds what a completion brings to its targets; returns those that it asks to be sealed.
async fn add_all(
    work: &mut Work,
    held: &mut Held,
    task: &HeldTask,
    (complete, targets): (&Complete, Vec<Uuid>),
    inserted: Vec<Option<Inserted>>,
) -> Result<Vec<Uuid>, Interrupt> {
    let mut sealed = Vec::new();
    if targets.is_empty() {
        return Ok(sealed);
    }
    let producers = producers_of(work, task.id).await?;
    for ((add, target), inserted) in complete.add_tasks.iter().zip(targets).zip(inserted) {
        let job = add_one(work, &held.jobs[&target], add, &producers, inserted).await?;
        sealed.extend(add.seal.then_some(target));
        held.jobs.insert(target, job);
    }
    Ok(sealed)
}

async fn add_one(
    work: &mut Work,
    job: &LockedJob,
    add: &AddTasks,
    producers: &[Uuid],
    inserted: Option<Inserted>,
) -> Result<LockedJob, Interrupt> {
    let mut job = if add.tasks.is_empty() {
        job.clone()
    } else {
        let origin = origin_for(work, job.id, producers).await?;
        match inserted {
            Some(inserted) => count_inserted(work, job, inserted, origin).await?,
            None => add_to_locked(work, job, origin, &add.tasks).await?,
        }
    };
    if add.seal {
        job = seal_by_completion(work, &job, producers).await?;
    }
    Ok(job)
}

/// What a cause makes of its task.
fn end<'a>(cause: &Cause<'a>, task: &HeldTask, held: &Held) -> End<'a> {
    let standing = || &held.standings[&task.id];
    match cause {
        Cause::Reported(Report::Complete(report)) => End::completed(report),
        Cause::Reported(Report::Fail(report)) => End::failed(report, standing()),
        Cause::Reported(Report::Release(report)) => End::released(report, standing()),
        Cause::Expired { .. } => End::expired(task.timed_out, standing()),
    }
}

/// Moves the job's counts as this decision does, and records the event; returns the job as it is then.
fn apply(work: &mut Work, held: &mut Held, decision: &Decision<'_>) -> LockedJob {
    let before = held.jobs[&decision.task.job_id].clone();
    let mut after = before.clone();
    after.counts.running -= 1;
    match decision.end.state {
        TaskState::Succeeded => after.counts.succeeded += 1,
        TaskState::Failed => after.counts.failed += 1,
        TaskState::Scheduled => after.counts.scheduled += 1,
        _ => after.counts.queued += 1,
    }
    work.effects.count_job(&before, &after);
    let (pipeline, state) = (before.pipeline_id, decision.end.state.as_str());
    let event = Event::job(pipeline, before.id, Some("running"), state, decision.actor);
    work.effects.events.push(Event {
        task_id: Some(decision.task.id),
        attempt: Some(decision.task.attempt),
        worker_id: Some(decision.task.worker_id.clone()),
        reason: decision.end.reason().map(str::to_owned),
        ..event
    });
    held.jobs.insert(after.id, after.clone());
    after
}
