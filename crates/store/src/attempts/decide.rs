//! Decides what each report means, item by item, on the rows that the round holds.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{Category, Directive, Outcome, RetryDecision, TaskState, Verb, seconds};

use super::Report;
use super::lock::{Held, HeldTask};
use crate::Error;
use crate::audit::{Actor, Event};
use crate::error::Refusal;
use crate::input::Complete;
use crate::jobs::add_to_locked;
use crate::rollup::{Ending, LockedJob};
use crate::transaction::{Interrupt, Work};
use crate::view::Failure;

/// One attempt's end, to be written.
pub(super) struct Decision {
    pub(super) task: HeldTask,
    pub(super) verb: Option<Verb>,
    pub(super) outcome: Outcome,
    pub(super) state: TaskState,
    /// How long it waits, where it is tried again.
    pub(super) delay_seconds: Option<f64>,
    pub(super) result: Option<String>,
    pub(super) error: Option<Failure>,
    pub(super) metrics: Option<String>,
}

/// What a round has decided.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) decisions: Vec<Decision>,
    /// The jobs that the round holds, as the decisions leave them.
    pub(super) jobs: BTreeMap<Uuid, LockedJob>,
    pub(super) endings: Vec<Ending>,
    pub(super) accepted: Vec<usize>,
    pub(super) refused: Vec<(usize, Error)>,
    /// Items whose token is not current.
    pub(super) lost: HashSet<usize>,
}

pub(super) async fn decide(
    work: &mut Work,
    mut held: Held,
    items: &[(usize, Report<'_>)],
) -> Result<Decided, Interrupt> {
    let mut decided = Decided::default();
    let mut ended: HashSet<Uuid> = HashSet::new();
    let mut sealed: HashSet<Uuid> = HashSet::new();
    let mut reported: HashSet<Uuid> = HashSet::new();
    for (at, report) in items {
        // A further item of a task whose attempt has ended in this round.
        if reported.contains(&report.task()) {
            decided.lost.insert(*at);
            continue;
        }
        let task = held.tasks.get(&report.task()).filter(|task| task.token == report.token()).cloned();
        let Some(task) = task.filter(|task| !matches!(report, Report::Expire { .. }) || task.due) else {
            decided.lost.insert(*at);
            continue;
        };
        if !held.jobs[&task.job_id].state.is_open() {
            decided.lost.insert(*at);
            continue;
        }
        if ended.contains(&task.job_id) {
            continue;
        }
        if let Report::Complete(complete) = report {
            match targets(&held, &task, complete) {
                Err(error) => {
                    decided.refused.push((*at, error));
                    continue;
                }
                Ok(targets) if targets.iter().any(|target| ended.contains(target)) => continue,
                Ok(targets) => sealed.extend(add_all(work, &mut held, complete, &targets).await?),
            }
        }
        let decision = decision(report, task, &held);
        let job = apply(work, &mut held, &decision);
        // A threshold that a retry by hand left passed is judged at the next end of a task, not when one is tried again or released.
        if decision.state.has_ended() && job.end().is_some() {
            ended.insert(job.id);
        }
        decided.decisions.push(decision);
        decided.accepted.push(*at);
        reported.insert(report.task());
    }
    // A job that a later item gave new tasks goes on.
    for id in ended {
        let job = held.jobs[&id].clone();
        decided.endings.extend(job.end().map(|end| Ending::decided(job, end)));
    }
    // Sealing ends a job of which no task is open; its threshold is judged where one of its tasks has ended.
    for target in sealed {
        let job = &held.jobs[&target];
        let known = decided.endings.iter().any(|ending| ending.job.id == target);
        if let (false, 0, Some(end)) = (known, job.counts.open(), job.end()) {
            decided.endings.push(Ending::decided(job.clone(), end));
        }
    }
    decided.jobs = held.jobs;
    Ok(decided)
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
    let mut sealed: HashSet<Uuid> = HashSet::new();
    for (add, target) in complete.add_tasks.iter().zip(&targets) {
        let job = &held.jobs[target];
        if job.terms.sealed || job.state.has_ended() || sealed.contains(target) {
            return Err(Error::JobSealed { key: job.key.clone() });
        }
        if add.seal {
            sealed.insert(*target);
        }
    }
    Ok(targets)
}

/// Adds the tasks; returns the jobs that were sealed.
async fn add_all(
    work: &mut Work,
    held: &mut Held,
    complete: &Complete,
    targets: &[Uuid],
) -> Result<Vec<Uuid>, Interrupt> {
    let mut sealed = Vec::new();
    for (add, target) in complete.add_tasks.iter().zip(targets) {
        let mut job = add_to_locked(work, &held.jobs[target], &add.tasks).await?;
        if add.seal {
            sqlx::query!("UPDATE jobs SET sealed = true WHERE id = $1", target).execute(work.sql()).await?;
            job.terms.sealed = true;
            sealed.push(*target);
        }
        held.jobs.insert(*target, job);
    }
    Ok(sealed)
}

fn decision(report: &Report<'_>, task: HeldTask, held: &Held) -> Decision {
    let (decided, error) = match report {
        Report::Complete(complete) => {
            let result = complete.result.as_ref().map(|json| json.as_str().to_owned());
            let base = Decision::new(task, report.verb(), Outcome::Succeeded, TaskState::Succeeded);
            return Decision { result, metrics: text(complete.metrics.as_ref()), ..base };
        }
        Report::Release(release) => {
            let base = Decision::new(task, report.verb(), Outcome::Released, TaskState::Queued);
            return base.again(release.delay);
        }
        Report::Fail(fail) => {
            let error = Failure {
                category: fail.error.category.to_string(),
                message: fail.error.message.to_string(),
                detail: text(fail.error.detail.as_ref()),
            };
            let decided = retry(held, &task, &error.category, fail.directive);
            (decided, error)
        }
        Report::Expire { .. } => {
            let error = expiry(&task);
            (retry(held, &task, &error.category, Directive::Auto), error)
        }
    };
    let metrics = if let Report::Fail(fail) = report { text(fail.metrics.as_ref()) } else { None };
    let base = Decision::new(task, report.verb(), Outcome::Failed, TaskState::Failed);
    let base = Decision { error: Some(error), metrics, ..base };
    match decided {
        RetryDecision::Fail => base,
        RetryDecision::Again(delay) => base.again(delay),
    }
}

fn text(json: Option<&windlass_domain::Json>) -> Option<String> {
    json.map(|json| json.as_str().to_owned())
}

fn expiry(task: &HeldTask) -> Failure {
    let (category, message) = if task.timed_out {
        (Category::TIMEOUT, "the attempt ran past the job's timeout_seconds")
    } else {
        (Category::LEASE_EXPIRED, "the lease expired before a report or heartbeat came")
    };
    Failure { category: category.to_owned(), message: message.to_owned(), detail: None }
}

fn retry(held: &Held, task: &HeldTask, category: &str, directive: Directive) -> RetryDecision {
    let chance = fastrand::f64() * 2.0 - 1.0;
    held.policies[&task.job_id].decide(task.attempt, task.max_attempts, category, directive, chance)
}

impl Decision {
    fn new(task: HeldTask, verb: Option<Verb>, outcome: Outcome, state: TaskState) -> Self {
        Self { task, verb, outcome, state, delay_seconds: None, result: None, error: None, metrics: None }
    }

    fn again(self, delay: Duration) -> Self {
        // What rounds to nothing in the store's microseconds waits for nothing.
        let due = delay.as_micros() == 0;
        let state = if due { TaskState::Queued } else { TaskState::Scheduled };
        Self { state, delay_seconds: (!due).then(|| seconds(delay)), ..self }
    }
}

/// Moves the job's counts as this decision does, and records the event; returns the job as it is then.
fn apply(work: &mut Work, held: &mut Held, decision: &Decision) -> LockedJob {
    let before = held.jobs[&decision.task.job_id].clone();
    let mut after = before.clone();
    after.counts.running -= 1;
    match decision.state {
        TaskState::Succeeded => after.counts.succeeded += 1,
        TaskState::Failed => after.counts.failed += 1,
        TaskState::Scheduled => after.counts.scheduled += 1,
        _ => after.counts.queued += 1,
    }
    work.count_job(&before, &after);
    let actor = if decision.verb.is_some() { Actor::Worker } else { Actor::Server };
    let event = Event::job(before.pipeline_id, before.id, Some("running"), decision.state.as_str(), actor);
    work.events.push(Event {
        task_id: Some(decision.task.id),
        attempt: Some(decision.task.attempt),
        worker_id: Some(decision.task.worker_id.clone()),
        reason: reason(decision),
        ..event
    });
    held.jobs.insert(after.id, after.clone());
    after
}

/// Why a state changed otherwise than by success: the error's category, or that the lease was given back.
fn reason(decision: &Decision) -> Option<String> {
    match decision.outcome {
        Outcome::Released => Some("released".to_owned()),
        _ => decision.error.as_ref().map(|error| error.category.clone()),
    }
}
