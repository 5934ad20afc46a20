//! Writes what a round has decided: tasks, leases, attempts, outcomes and the jobs' counts, in one statement, which also reads what the
//! answers show.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::TaskState;

use super::decide::{Decided, Decision};
use crate::rollup::LockedJob;
use crate::transaction::{Interrupt, Work};
use crate::view::{Failure, Task, TaskProgress};
use crate::watch::EndedAttempt;

/// Writes the decisions; returns the tasks as they are then, by id. A task tried again stands behind its job's others; one that is scheduled
/// draws its place when it is due.
pub(super) async fn write(work: &mut Work, decided: &Decided) -> Result<BTreeMap<Uuid, Task>, Interrupt> {
    let decisions = &decided.decisions;
    if decisions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = write_rows(work, decisions).await?;
    assert_eq!(rows.len(), decisions.len(), "every decided task is locked and running");
    let decisions: BTreeMap<Uuid, &Decision> =
        decisions.iter().map(|decision| (decision.task.id, decision)).collect();
    let jobs: std::collections::BTreeSet<Uuid> =
        decisions.values().map(|decision| decision.task.job_id).collect();
    assert!(rows.iter().all(|row| row.kept == count(decisions.len())), "every decided lease is locked");
    assert!(rows.iter().all(|row| row.moved == count(jobs.len())), "every decided job is locked and open");
    for row in &rows {
        let decision = decisions[&row.id];
        let ended = row.ended(decision, &decided.jobs[&decision.task.job_id]);
        work.happened.attempts.push(ended);
    }
    let view = |row: Row| {
        let decision = decisions[&row.id];
        (row.id, row.task(decision, &decided.jobs[&decision.task.job_id]))
    };
    Ok(rows.into_iter().map(view).collect())
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).expect("a batch is bounded far below 2^63")
}

async fn write_rows(work: &mut Work, decisions: &[Decision]) -> Result<Vec<Row>, sqlx::Error> {
    let error = |part: fn(&Failure) -> Option<String>| -> Vec<Option<String>> {
        decisions.iter().map(|decision| decision.error.as_ref().and_then(part)).collect()
    };
    sqlx::query_file_as!(
        Row,
        "src/attempts/write.sql",
        &decisions.iter().map(|decision| decision.task.id).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.task.job_id).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.state.as_str().to_owned()).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.task.attempt).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.delay_seconds).collect::<Vec<_>>() as &[Option<f64>],
        &decisions
            .iter()
            .map(|decision| decision.verb.map(|verb| verb.as_str().to_owned()))
            .collect::<Vec<_>>() as &[Option<String>],
        &decisions.iter().map(|decision| decision.outcome.as_str().to_owned()).collect::<Vec<_>>(),
        &decisions.iter().map(|decision| decision.metrics.clone()).collect::<Vec<_>>() as &[Option<String>],
        &decisions.iter().map(|decision| decision.result.clone()).collect::<Vec<_>>() as &[Option<String>],
        &error(|error| Some(error.category.clone())) as &[Option<String>],
        &error(|error| Some(error.message.clone())) as &[Option<String>],
        &error(|error| error.detail.clone()) as &[Option<String>],
    )
    .fetch_all(work.sql())
    .await
}

/// A row of `write.sql`: what of a written task the decision does not know.
struct Row {
    id: Uuid,
    payload: Option<String>,
    metadata: Option<String>,
    attempt: i32,
    max_attempts: i32,
    run_at: Option<DateTime<Utc>>,
    current: Option<f64>,
    total: Option<f64>,
    progress_message: Option<String>,
    category: Option<String>,
    message: Option<String>,
    detail: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    kept: i64,
    moved: i64,
    /// When the attempt ended.
    now: DateTime<Utc>,
}

impl Row {
    /// The attempt that ended, for those who watch.
    fn ended(&self, decision: &Decision, job: &LockedJob) -> EndedAttempt {
        let task = &decision.task;
        EndedAttempt {
            task_id: task.id,
            job_id: job.id,
            job_run: job.run,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name.clone(),
            number: task.attempt,
            token: task.token,
            worker_id: task.worker_id.clone(),
            outcome: decision.outcome,
            category: decision.error.as_ref().map(|error| error.category.clone()),
            swept: decision.verb.is_none(),
            started_at: task.started_at,
            ended_at: self.now,
            again_at: match decision.state {
                TaskState::Scheduled => self.run_at,
                TaskState::Queued => Some(self.now),
                _ => None,
            },
        }
    }

    fn task(self, decision: &Decision, job: &LockedJob) -> Task {
        let (category, detail) = (self.category.zip(self.message), self.detail);
        let before = category.map(|(category, message)| Failure { category, message, detail });
        // As `windlass_task_state` has it.
        let state = match decision.state {
            TaskState::Queued if !job.due => TaskState::Scheduled,
            state => state,
        };
        let (total, message) = (self.total, self.progress_message);
        Task {
            id: self.id,
            job_id: job.id,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name.clone(),
            state,
            payload: self.payload,
            metadata: self.metadata,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            run_at: self.run_at.max(job.run_at),
            progress: self.current.map(|current| TaskProgress { current, total, message }),
            result: decision.result.clone(),
            error: decision.error.clone().or(before),
            worker_id: None,
            lease_expires_at: None,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: self.ended_at,
        }
    }
}
