//! Locks what a round of reports needs, in order, and reads it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::Verb;

use super::cause::Cause;
use super::end::{Standing, read_standings};
use super::report::Report;
use super::written::EndedLease;
use crate::jobs::{JobRow, LockedJob, lock_controls};
use crate::work::{Interrupt, Work};

/// A task whose current lease a report holds.
#[derive(Debug, Clone)]
pub(super) struct HeldTask {
    pub(super) id: Uuid,
    pub(super) job_id: Uuid,
    pub(super) attempt: i32,
    pub(super) token: Uuid,
    pub(super) worker_id: String,
    /// When it was leased.
    pub(super) started_at: DateTime<Utc>,
    /// The lease has expired or the attempt timed out.
    pub(super) due: bool,
    /// The attempt ran past its job's `timeout_seconds`.
    pub(super) timed_out: bool,
}

impl HeldTask {
    /// Its lease, which has ended.
    pub(super) fn lease(&self) -> EndedLease {
        EndedLease {
            number: self.attempt,
            token: self.token,
            worker_id: self.worker_id.clone(),
            started_at: self.started_at,
        }
    }
}

/// What a round holds.
pub(super) struct Held {
    pub(super) tasks: HashMap<Uuid, HeldTask>,
    pub(super) jobs: BTreeMap<Uuid, LockedJob>,
    /// Of those that do not succeed, by task.
    pub(super) standings: HashMap<Uuid, Standing>,
    /// The jobs that completions add tasks to, by pipeline and key.
    pub(super) targets: HashMap<(Uuid, String), Uuid>,
}

pub(super) async fn lock(work: &mut Work, items: &[(usize, Cause<'_>)]) -> Result<Held, Interrupt> {
    let pipelines = if work.wide { lock_pipelines(work, items).await? } else { Vec::new() };
    let (jobs, leased) = lock_rows(work, items, &pipelines).await?;
    if let Some(highest) = jobs.keys().next_back() {
        work.highest_job = work.highest_job.max(*highest);
    }
    let tasks: HashMap<Uuid, HeldTask> = leased.into_iter().map(|task| (task.id, task)).collect();
    let standings = standings(work, items, &tasks).await?;
    let targets = jobs.values().map(|job| ((job.pipeline_id, job.key.clone()), job.id)).collect();
    Ok(Held { tasks, jobs, standings, targets })
}

/// In a wide run: takes the control rows of the pipelines that the reports may end.
async fn lock_pipelines(work: &mut Work, items: &[(usize, Cause<'_>)]) -> Result<Vec<Uuid>, sqlx::Error> {
    let tasks: Vec<Uuid> = items.iter().map(|(_, cause)| cause.task()).collect();
    let pipelines = sqlx::query_scalar!(
        "SELECT DISTINCT j.pipeline_id
         FROM unnest($1::uuid[]) AS r (id)
         CROSS JOIN LATERAL (SELECT job_id FROM leases WHERE task_id = r.id OFFSET 0) l
         JOIN jobs j ON j.id = l.job_id",
        &tasks,
    )
    .fetch_all(work.sql())
    .await?;
    lock_controls(work, &pipelines).await?;
    Ok(pipelines)
}

/// Locks the leased ones among the reports' tasks, their jobs and those that completions add to, then the leases; in one statement, since each
/// round trip lengthens the time for which hot job rows are held. A lease is proof although the statement's snapshot may
/// be older than its locks: one that has gone meanwhile is left out when it is locked, and a new one has another token.
async fn lock_rows(
    work: &mut Work,
    items: &[(usize, Cause<'_>)],
    pipelines: &[Uuid],
) -> Result<(BTreeMap<Uuid, LockedJob>, Vec<HeldTask>), sqlx::Error> {
    let ids: Vec<Uuid> = items.iter().map(|(_, cause)| cause.task()).collect();
    let tokens: Vec<Uuid> = items.iter().map(|(_, cause)| cause.token()).collect();
    let (adding, keys) = added_to(items);
    let rows = sqlx::query_file_as!(Row, "src/attempts/lock.sql", &ids, &tokens, &adding, &keys, pipelines,)
        .fetch_all(work.sql())
        .await?;
    let (mut jobs, mut tasks) = (BTreeMap::new(), Vec::new());
    for row in rows {
        match row.task() {
            Ok(task) => tasks.push(task),
            Err(row) => {
                let job = row.job().expect("a row without a task is a job's");
                jobs.insert(job.id, job);
            }
        }
    }
    Ok((jobs, tasks))
}

/// The tasks whose completions add tasks to jobs, and those jobs' keys.
fn added_to(items: &[(usize, Cause<'_>)]) -> (Vec<Uuid>, Vec<String>) {
    let completions = items.iter().filter_map(|(_, cause)| match cause {
        Cause::Reported(Report::Complete(complete)) => Some(complete),
        _ => None,
    });
    completions
        .flat_map(|complete| complete.add_tasks.iter().map(|add| (complete.id, add.job.to_string())))
        .unzip()
}

/// What has gone before in the held attempts, but those that succeed.
async fn standings(
    work: &mut Work,
    items: &[(usize, Cause<'_>)],
    tasks: &HashMap<Uuid, HeldTask>,
) -> Result<HashMap<Uuid, Standing>, sqlx::Error> {
    let leases: Vec<(Uuid, Uuid)> = items
        .iter()
        .filter(|(_, cause)| cause.verb() != Some(Verb::Complete))
        .filter_map(|(_, cause)| tasks.get(&cause.task()).map(|task| (task.id, task.token)))
        .collect();
    read_standings(work.sql(), &leases).await
}

/// A row of `lock.sql`: a job, or a task with its lease.
struct Row {
    id: Option<Uuid>,
    pipeline_id: Option<Uuid>,
    key: Option<String>,
    r#type: Option<String>,
    state: Option<String>,
    paused: Option<bool>,
    pipeline_paused: Option<bool>,
    due: Option<bool>,
    run: Option<i32>,
    unmet: Option<i32>,
    not_taken: Option<bool>,
    by_hand: Option<bool>,
    allow_failure: Option<bool>,
    sealed: Option<bool>,
    sealed_by: Option<String>,
    seals_on_open: Option<bool>,
    passed: Option<bool>,
    join_any: Option<bool>,
    fail_fast: Option<bool>,
    max_failed_tasks: Option<i32>,
    run_at: Option<DateTime<Utc>>,
    queued: Option<i32>,
    scheduled: Option<i32>,
    running: Option<i32>,
    succeeded: Option<i32>,
    failed: Option<i32>,
    cancelled: Option<i32>,
    skipped: Option<i32>,
    left_over: Option<i32>,
    seals_on_lease: Option<bool>,
    held: Option<bool>,
    freezes: Option<bool>,
    frozen: Option<bool>,
    kept: Option<bool>,
    task_id: Option<Uuid>,
    job_id: Option<Uuid>,
    attempt: Option<i32>,
    token: Option<Uuid>,
    worker_id: Option<String>,
    lease_due: Option<bool>,
    timed_out: Option<bool>,
    started_at: Option<DateTime<Utc>>,
}

impl Row {
    fn task(self) -> Result<HeldTask, Box<Self>> {
        match self {
            Self {
                task_id: Some(id),
                job_id: Some(job_id),
                attempt: Some(attempt),
                token: Some(token),
                worker_id: Some(worker_id),
                lease_due: Some(due),
                timed_out: Some(timed_out),
                started_at: Some(started_at),
                ..
            } => Ok(HeldTask { id, job_id, attempt, token, worker_id, started_at, due, timed_out }),
            job => Err(Box::new(job)),
        }
    }

    fn job(self) -> Option<LockedJob> {
        Some(LockedJob::from(JobRow {
            id: self.id?,
            pipeline_id: self.pipeline_id?,
            key: self.key?,
            r#type: self.r#type?,
            state: self.state?,
            paused: self.paused?,
            pipeline_paused: self.pipeline_paused?,
            due: self.due?,
            run: self.run?,
            unmet: self.unmet?,
            not_taken: self.not_taken?,
            by_hand: self.by_hand?,
            allow_failure: self.allow_failure?,
            sealed: self.sealed?,
            sealed_by: self.sealed_by,
            seals_on_open: self.seals_on_open?,
            passed: self.passed?,
            join_any: self.join_any?,
            fail_fast: self.fail_fast?,
            max_failed_tasks: self.max_failed_tasks?,
            run_at: self.run_at,
            queued: self.queued?,
            scheduled: self.scheduled?,
            running: self.running?,
            succeeded: self.succeeded?,
            failed: self.failed?,
            cancelled: self.cancelled?,
            skipped: self.skipped?,
            left_over: self.left_over?,
            seals_on_lease: self.seals_on_lease,
            held: self.held,
            freezes: self.freezes,
            frozen: self.frozen,
            kept: self.kept,
        }))
    }
}
