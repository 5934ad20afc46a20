//! Inserts tasks, with their payloads beside them.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobCounts, TaskState};

use crate::db::next_id;
use crate::input::NewTask;
use crate::work::Work;

/// Task rows to insert, by column.
#[derive(Default)]
pub(crate) struct TaskRows {
    pub(crate) ids: Vec<Uuid>,
    jobs: Vec<Uuid>,
    max_attempts: Vec<i32>,
    own_max_attempts: Vec<Option<i32>>,
    states: Vec<String>,
    payload_from_job: Vec<bool>,
    run_at: Vec<Option<DateTime<Utc>>>,
    payload_ids: Vec<Uuid>,
    payloads: Vec<Option<String>>,
    metadata: Vec<Option<String>>,
    traceparents: Vec<Option<String>>,
    tracestates: Vec<Option<String>>,
}

impl TaskRows {
    /// Adds tasks of a job; returns how many wait and how many are scheduled.
    pub(crate) fn extend(
        &mut self,
        job: Uuid,
        max_attempts: i32,
        tasks: &[NewTask],
        now: DateTime<Utc>,
    ) -> JobCounts {
        let mut counts = JobCounts::default();
        for task in tasks {
            let one = self.push(job, max_attempts, task, now, false);
            counts.queued += one.queued;
            counts.scheduled += one.scheduled;
        }
        counts
    }

    /// Makes all that was added so far end like this.
    pub(crate) fn end_all(&mut self, end: TaskState) {
        self.states.fill(end.as_str().to_owned());
    }

    /// Adds the one task of a simple job, whose payload is its job's.
    pub(crate) fn push_own(&mut self, job: Uuid, max_attempts: i32, now: DateTime<Utc>) -> JobCounts {
        self.push(job, max_attempts, &NewTask::default(), now, true)
    }

    fn push(
        &mut self,
        job: Uuid,
        max_attempts: i32,
        task: &NewTask,
        now: DateTime<Utc>,
        own: bool,
    ) -> JobCounts {
        let id = next_id();
        let scheduled = task.run_at.is_some_and(|at| at > now);
        self.ids.push(id);
        self.jobs.push(job);
        self.max_attempts.push(task.max_attempts.unwrap_or(max_attempts));
        self.own_max_attempts.push(task.max_attempts);
        self.states.push(if scheduled { "scheduled" } else { "queued" }.to_owned());
        self.payload_from_job.push(own);
        self.run_at.push(task.run_at);
        if task.payload.is_some() || task.metadata.is_some() || task.trace.traceparent.is_some() {
            self.payload_ids.push(id);
            self.payloads.push(task.payload.as_ref().map(|json| json.as_str().to_owned()));
            self.metadata.push(task.metadata.as_ref().map(|json| json.as_str().to_owned()));
            self.traceparents.push(task.trace.traceparent.clone());
            self.tracestates.push(task.trace.tracestate.clone());
        }
        JobCounts { queued: i64::from(!scheduled), scheduled: i64::from(scheduled), ..JobCounts::default() }
    }
}

/// Writes the rows in their job's `run`, drawing their positions in line in their order; returns the lowest drawn. They are of this `origin` of
/// their job, 0 where no completion adds them.
pub(crate) async fn insert_tasks(
    work: &mut Work,
    rows: &TaskRows,
    run: i32,
    origin: i32,
) -> Result<Option<i64>, sqlx::Error> {
    if rows.ids.is_empty() {
        return Ok(None);
    }
    if !rows.payload_ids.is_empty() {
        insert_payloads(work, rows).await?;
    }
    sqlx::query_scalar!(
        "WITH inserted AS (
             INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, run_at, created_at, run, ended_at, origin,
                                own_max_attempts)
             SELECT n.id, n.job_id, nextval('task_positions'), n.max_attempts, n.state, n.payload_from_job, n.run_at,
                    windlass_now(), $7, CASE WHEN n.state IN ('cancelled', 'skipped') THEN windlass_now() END, $8, n.own_max_attempts
             FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::boolean[], $6::timestamptz[], $9::int[])
                 AS n (id, job_id, max_attempts, state, payload_from_job, run_at, own_max_attempts)
             RETURNING position
         )
         SELECT min(position) FROM inserted",
        &rows.ids,
        &rows.jobs,
        &rows.max_attempts,
        &rows.states,
        &rows.payload_from_job,
        &rows.run_at as &[Option<DateTime<Utc>>],
        run,
        origin,
        &rows.own_max_attempts as &[Option<i32>],
    )
    .fetch_one(work.sql())
    .await
}

async fn insert_payloads(work: &mut Work, rows: &TaskRows) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO task_payloads (task_id, payload, metadata, traceparent, tracestate)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])",
        &rows.payload_ids,
        &rows.payloads as &[Option<String>],
        &rows.metadata as &[Option<String>],
        &rows.traceparents as &[Option<String>],
        &rows.tracestates as &[Option<String>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}

/// Removes tasks that this transaction has inserted.
pub(crate) async fn remove_inserted(work: &mut Work, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH payloads AS (DELETE FROM task_payloads WHERE task_id = ANY($1)) DELETE FROM tasks WHERE id = ANY($1)",
        ids,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
