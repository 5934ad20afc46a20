//! A task whose attempt has ended, as the statement that wrote it returns it.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::TaskState;

use super::end::End;
use crate::events::EndedAttempt;
use crate::jobs::LockedJob;
use crate::view::{Task, TaskProgress};

/// What of a written task its end does not know.
pub(super) struct Written {
    pub(super) id: Uuid,
    pub(super) payload: Option<String>,
    pub(super) metadata: Option<String>,
    pub(super) attempt: i32,
    pub(super) max_attempts: i32,
    pub(super) run_at: Option<DateTime<Utc>>,
    pub(super) current: Option<f64>,
    pub(super) total: Option<f64>,
    pub(super) progress_message: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// When the attempt ended.
    pub(super) now: DateTime<Utc>,
    /// Whatever had to be written was.
    pub(super) whole: bool,
}

/// The lease that has ended.
pub(super) struct EndedLease {
    pub(super) number: i32,
    pub(super) token: Uuid,
    pub(super) worker_id: String,
    pub(super) started_at: DateTime<Utc>,
}

/// What of its job a task shows.
pub(super) struct ShownJob {
    pub(super) id: Uuid,
    pub(super) pipeline_id: Uuid,
    pub(super) type_name: String,
    pub(super) run: i32,
    pub(super) due: bool,
    pub(super) run_at: Option<DateTime<Utc>>,
}

impl From<&LockedJob> for ShownJob {
    fn from(job: &LockedJob) -> Self {
        Self {
            id: job.id,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name.clone(),
            run: job.run,
            due: job.due,
            run_at: job.run_at,
        }
    }
}

impl Written {
    /// The attempt that ended, for those who watch.
    pub(super) fn ended(&self, end: &End<'_>, lease: EndedLease, job: &ShownJob) -> EndedAttempt {
        EndedAttempt {
            task_id: self.id,
            job_id: job.id,
            job_run: job.run,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name.clone(),
            number: lease.number,
            token: lease.token,
            worker_id: lease.worker_id,
            outcome: end.outcome,
            category: end.error.as_ref().map(|error| error.category.clone()),
            swept: end.verb.is_none(),
            started_at: lease.started_at,
            ended_at: self.now,
            again_at: match end.state {
                TaskState::Scheduled => self.run_at,
                TaskState::Queued => Some(self.now),
                _ => None,
            },
        }
    }

    /// The task as it is now.
    pub(super) fn task(self, end: &End<'_>, job: ShownJob) -> Task {
        // As `windlass_task_state` has it.
        let state = match end.state {
            TaskState::Queued if !job.due => TaskState::Scheduled,
            state => state,
        };
        let (total, message) = (self.total, self.progress_message);
        Task {
            id: self.id,
            job_id: job.id,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name,
            state,
            payload: self.payload,
            metadata: self.metadata,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            run_at: self.run_at.max(job.run_at),
            progress: self.current.map(|current| TaskProgress { current, total, message }),
            result: end.result.map(str::to_owned),
            checkpoint: end.checkpoint.clone(),
            error: end.error.as_ref().or(end.earlier_error.as_ref()).cloned(),
            worker_id: None,
            lease_expires_at: None,
            created_at: self.created_at,
            started_at: self.started_at,
            ended_at: self.ended_at,
            reported_at: Some(self.now),
        }
    }
}
