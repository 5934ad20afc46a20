//! Jobs, stages and tasks as Jobnik's surface shows them.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobnikJobStatus, JobnikStageStatus, JobnikTaskStatus, Priority};

use crate::input::Trace;

/// A job: our pipeline. JSON values are compact text; an absent one is the empty object.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct JobnikJob {
    pub id: Uuid,
    pub status: JobnikJobStatus,
    pub percentage: i32,
    pub priority: Priority,
    pub name: String,
    pub trace: Trace,
    pub data: Option<String>,
    pub user_metadata: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Its stages, where they were asked for.
    pub stages: Option<Vec<JobnikStage>>,
}

/// A stage: our job.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct JobnikStage {
    pub id: Uuid,
    pub job_id: Uuid,
    pub order: i32,
    pub summary: JobnikSummary,
    pub status: JobnikStageStatus,
    pub type_name: String,
    pub trace: Trace,
    pub data: Option<String>,
    pub user_metadata: Option<String>,
    /// Its tasks, where they were asked for.
    pub tasks: Option<Vec<JobnikTask>>,
}

/// How many tasks of a stage are in which status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the statuses")]
pub struct JobnikSummary {
    pub pending: i64,
    pub in_progress: i64,
    pub completed: i64,
    pub failed: i64,
    pub retried: i64,
}

/// A task.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct JobnikTask {
    pub id: Uuid,
    pub stage_id: Uuid,
    pub status: JobnikTaskStatus,
    /// Attempts that have failed.
    pub attempts: i32,
    pub max_attempts: i32,
    pub trace: Trace,
    pub data: Option<String>,
    pub user_metadata: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl JobnikSummary {
    /// All tasks.
    pub fn total(&self) -> i64 {
        self.pending + self.in_progress + self.completed + self.failed + self.retried
    }

    /// How many of a hundred are completed, cut.
    pub fn percentage(&self) -> i32 {
        windlass_domain::percent(self.completed, self.total())
    }
}
