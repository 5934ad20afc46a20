//! The current lease of a task: in this protocol a report brings no token, so it counts for whatever lease the task has then.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, JobnikTaskStatus, Verb};

use crate::db::deadline;
use crate::input::Trace;
use crate::pipelines::pipeline_state;
use crate::tasks::task_state;
use crate::{Error, Store};

/// What a report meets of its task.
#[derive(Debug, Clone)]
pub struct CurrentLease {
    /// The task.
    pub task: Uuid,
    /// Its stage.
    pub stage: Uuid,
    /// The lease's token; `None`: it has none now.
    pub token: Option<Uuid>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// Its status.
    pub status: JobnikTaskStatus,
    /// The status of its job.
    pub job: JobnikJobStatus,
    /// Attempts that have failed.
    pub failed: i32,
    /// Attempts that it may take.
    pub max_attempts: i32,
    /// The report that ended its last attempt; `None`: no report did, or it has a lease.
    pub ended_by: Option<Verb>,
    /// Its trace context.
    pub trace: Trace,
}

impl Store {
    /// The current leases of these tasks, by task; those that were not made by this surface are left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn current_leases(&self, tasks: &[Uuid]) -> Result<HashMap<Uuid, CurrentLease>, Error> {
        let rows = sqlx::query_as!(
            Row,
            // Each by its key: the planner, who often sees the table of leases empty, would walk it all otherwise.
            r#"SELECT t.id, t.job_id, l.token AS "token?", coalesce(l.started_at, t.leased_at) AS "started_at?", t.state AS stored,
                      windlass_task_state(
                          t.state, t.run, CASE WHEN j.kept THEN 'running' ELSE windlass_job_state(j.state, j.frozen) END, j.due, j.again_run,
                          j.all_again_run
                      ) AS "state!",
                      t.attempt, t.max_attempts, p.state AS pipeline_state, p.paused, b.traceparent AS "traceparent?",
                      b.tracestate AS "tracestate?", a.verb AS "verb?"
               FROM unnest($1::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (SELECT * FROM tasks WHERE id = asked.id OFFSET 0) t
               CROSS JOIN LATERAL (SELECT * FROM jobs WHERE id = t.job_id OFFSET 0) j
               CROSS JOIN LATERAL (SELECT * FROM pipelines WHERE id = j.pipeline_id OFFSET 0) p
               LEFT JOIN LATERAL (SELECT token, started_at FROM leases WHERE task_id = t.id OFFSET 0) l ON true
               LEFT JOIN LATERAL (SELECT traceparent, tracestate FROM task_payloads WHERE task_id = t.id OFFSET 0) b ON true
               LEFT JOIN LATERAL (
                   SELECT verb FROM attempts
                   -- Not what came before a retry by hand: as lost.rs has it.
                   WHERE task_id = t.id AND l.token IS NULL AND t.attempt > 0 AND outcome <> 'late'
                     AND NOT windlass_is_left_over(t.state, t.run, j.again_run, j.all_again_run)
                     AND number > t.max_attempts - coalesce(t.own_max_attempts, 1)
                   ORDER BY ended_at DESC, number DESC LIMIT 1
               ) a ON true
               WHERE j.surface = 'jobnik' AND p.deleted_at IS NULL AND NOT windlass_is_gone(t.origin, j.origins)"#,
            tasks,
        );
        let rows = deadline(rows.fetch_all(&self.db.pool)).await?;
        Ok(rows.into_iter().map(CurrentLease::from).map(|lease| (lease.task, lease)).collect())
    }
}

struct Row {
    id: Uuid,
    job_id: Uuid,
    token: Option<Uuid>,
    started_at: Option<DateTime<Utc>>,
    stored: String,
    state: String,
    attempt: i32,
    max_attempts: i32,
    pipeline_state: String,
    paused: bool,
    traceparent: Option<String>,
    tracestate: Option<String>,
    verb: Option<String>,
}

impl From<Row> for CurrentLease {
    fn from(row: Row) -> Self {
        let status = JobnikTaskStatus::of(task_state(&row.state), row.attempt);
        // The attempt under way, or that succeeded, has not failed.
        let unfailed =
            matches!(row.stored.as_str(), "running" | "succeeded") && status != JobnikTaskStatus::Retried;
        Self {
            task: row.id,
            stage: row.job_id,
            token: row.token,
            started_at: row.started_at,
            status,
            job: JobnikJobStatus::of(pipeline_state(&row.pipeline_state), row.paused),
            failed: row.attempt - i32::from(unfailed),
            max_attempts: row.max_attempts,
            ended_by: row.verb.as_deref().and_then(|verb| {
                [Verb::Complete, Verb::Fail, Verb::Release].into_iter().find(|known| known.as_str() == verb)
            }),
            trace: Trace { traceparent: row.traceparent, tracestate: row.tracestate },
        }
    }
}
