//! Locks what a round of reports needs, in order, and reads it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use windlass_domain::RetryPolicy;

use super::Report;
use crate::rollup::{LockedJob, lock_all_jobs, lock_controls, lock_jobs};
use crate::transaction::{Interrupt, Work};

/// A task whose current lease a report holds.
#[derive(Debug, Clone)]
pub(super) struct HeldTask {
    pub(super) id: Uuid,
    pub(super) job_id: Uuid,
    pub(super) attempt: i32,
    pub(super) max_attempts: i32,
    pub(super) token: Uuid,
    pub(super) worker_id: String,
    /// The lease has expired or the attempt timed out.
    pub(super) due: bool,
    /// The attempt ran past its job's `timeout_seconds`.
    pub(super) timed_out: bool,
}

/// What a round holds.
pub(super) struct Held {
    pub(super) tasks: HashMap<Uuid, HeldTask>,
    pub(super) jobs: BTreeMap<Uuid, LockedJob>,
    pub(super) policies: HashMap<Uuid, RetryPolicy>,
    /// The jobs that completions add tasks to, by pipeline and key.
    pub(super) targets: HashMap<(Uuid, String), Uuid>,
}

pub(super) async fn lock(work: &mut Work, items: &[(usize, Report<'_>)]) -> Result<Held, Interrupt> {
    let ids: Vec<Uuid> = items.iter().map(|(_, report)| report.task()).collect();
    let tokens: Vec<Uuid> = items.iter().map(|(_, report)| report.token()).collect();
    let pipelines = if work.wide { lock_pipelines(work, &ids).await? } else { Vec::new() };
    let jobs = lock_tasks(work, &ids, &tokens).await?;
    if work.wide {
        lock_all_jobs(work, &pipelines).await?;
    }
    let targets = find_targets(work, items, &jobs).await?;
    let all: BTreeSet<Uuid> = jobs.values().chain(targets.values()).copied().collect();
    let locked = lock_jobs(work, &all.into_iter().collect::<Vec<_>>()).await?;
    let held: Vec<Uuid> = jobs.keys().copied().collect();
    let tasks = lock_leases(work, &held).await?;
    let asked: HashMap<Uuid, Uuid> = ids.into_iter().zip(tokens).collect();
    let tasks: HashMap<Uuid, HeldTask> = tasks
        .into_iter()
        .filter(|task| asked.get(&task.id) == Some(&task.token))
        .map(|task| (task.id, task))
        .collect();
    let policies = read_policies(work, items, &tasks).await?;
    Ok(Held { tasks, jobs: locked.into_iter().map(|job| (job.id, job)).collect(), policies, targets })
}

async fn lock_pipelines(work: &mut Work, tasks: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    let pipelines = sqlx::query_scalar!(
        "SELECT DISTINCT j.pipeline_id FROM leases l JOIN jobs j ON j.id = l.job_id WHERE l.task_id = ANY($1)",
        tasks,
    )
    .fetch_all(work.sql())
    .await?;
    lock_controls(work, &pipelines).await?;
    Ok(pipelines)
}

/// Locks the leased ones among these tasks, in id order; returns their jobs.
async fn lock_tasks(
    work: &mut Work,
    ids: &[Uuid],
    tokens: &[Uuid],
) -> Result<BTreeMap<Uuid, Uuid>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT t.id, t.job_id
         FROM unnest($1::uuid[], $2::uuid[]) AS r (id, token)
         JOIN leases l ON l.task_id = r.id AND l.token = r.token
         JOIN tasks t ON t.id = l.task_id
         WHERE t.state = 'running'
         ORDER BY t.id
         FOR NO KEY UPDATE OF t",
        ids,
        tokens,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.job_id)).collect())
}

/// Locks the leases of these tasks. Only now are they proof: their jobs are held, so nothing else can end them.
async fn lock_leases(work: &mut Work, tasks: &[Uuid]) -> Result<Vec<HeldTask>, sqlx::Error> {
    sqlx::query_as!(
        HeldTask,
        "SELECT l.task_id AS id, l.job_id, l.attempt, t.max_attempts, l.token, l.worker_id,
                l.due_at <= windlass_now() AS \"due!\",
                coalesce(l.deadline_at <= windlass_now(), false) AS \"timed_out!\"
         FROM leases l JOIN tasks t ON t.id = l.task_id
         WHERE l.task_id = ANY($1)
         ORDER BY l.task_id
         FOR UPDATE OF l",
        tasks,
    )
    .fetch_all(work.sql())
    .await
}

async fn find_targets(
    work: &mut Work,
    items: &[(usize, Report<'_>)],
    jobs: &BTreeMap<Uuid, Uuid>,
) -> Result<HashMap<(Uuid, String), Uuid>, sqlx::Error> {
    let (mut from, mut keys) = (Vec::new(), Vec::new());
    for (_, report) in items {
        let (Report::Complete(complete), Some(job)) = (report, jobs.get(&report.task())) else { continue };
        for add in &complete.add_tasks {
            from.push(*job);
            keys.push(add.job.to_string());
        }
    }
    if from.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT target.pipeline_id, target.key, target.id
         FROM unnest($1::uuid[], $2::text[]) AS a (job_id, key)
         JOIN jobs own ON own.id = a.job_id
         JOIN jobs target ON target.pipeline_id = own.pipeline_id AND target.key = a.key",
        &from,
        &keys,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.pipeline_id, row.key), row.id)).collect())
}

/// The retry policies of the jobs in which an attempt may fail.
async fn read_policies(
    work: &mut Work,
    items: &[(usize, Report<'_>)],
    tasks: &HashMap<Uuid, HeldTask>,
) -> Result<HashMap<Uuid, RetryPolicy>, sqlx::Error> {
    let failing: BTreeSet<Uuid> = items
        .iter()
        .filter(|(_, report)| matches!(report, Report::Fail(_) | Report::Expire { .. }))
        .filter_map(|(_, report)| tasks.get(&report.task()).map(|task| task.job_id))
        .collect();
    if failing.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT job_id, max_attempts, initial_delay_seconds, factor, max_delay_seconds, jitter, non_retryable
         FROM job_specs WHERE job_id = ANY($1)",
        &failing.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    let length = std::time::Duration::from_secs_f64;
    let policies = rows.into_iter().map(|row| {
        let policy = RetryPolicy {
            max_attempts: row.max_attempts,
            initial_delay: length(row.initial_delay_seconds),
            factor: row.factor,
            max_delay: length(row.max_delay_seconds),
            jitter: row.jitter,
            non_retryable: row.non_retryable,
        };
        (row.job_id, policy)
    });
    Ok(policies.collect())
}
