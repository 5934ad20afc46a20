//! What has ended, announced after the commit to the observers: the server makes metrics and traces of it.
//!
//! It is collected by the transaction that did it, in memory and from what it holds anyway: watching asks the database nothing. What it
//! deliberately does not do: promise. A process that dies between a commit and its announcement announces nothing; the audit has it.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobState, Outcome, PipelineState};

use crate::jobs::LockedJob;
use crate::logs::Logged;

/// What one transaction has ended.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    /// Attempts, by report, sweep or cancel.
    pub attempts: Vec<EndedAttempt>,
    /// Jobs.
    pub jobs: Vec<EndedJob>,
    /// Pipelines.
    pub pipelines: Vec<EndedPipeline>,
    /// Lines of log, which it has added.
    pub log: Logged,
}

impl Happened {
    /// Adds what ended later.
    pub(crate) fn add(&mut self, later: Self) {
        self.attempts.extend(later.attempts);
        self.jobs.extend(later.jobs);
        self.pipelines.extend(later.pipelines);
        self.log.add(later.log);
    }
}

/// An attempt that has ended.
#[derive(Debug, Clone)]
pub struct EndedAttempt {
    /// Its task.
    pub task_id: Uuid,
    /// Its job.
    pub job_id: Uuid,
    /// Raised by each retry by hand of the job.
    pub job_run: i32,
    /// Its pipeline.
    pub pipeline_id: Uuid,
    /// The type of the job.
    pub type_name: String,
    /// Its number, 1 for the first lease.
    pub number: i32,
    /// The token of its lease. A secret until now, and known to its worker only.
    pub token: Uuid,
    /// Who ran it.
    pub worker_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, if it failed.
    pub category: Option<String>,
    /// The sweeper ended it, not a report.
    pub swept: bool,
    /// When it was leased.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// When its task can be leased again; `None`: its task has ended.
    pub again_at: Option<DateTime<Utc>>,
}

/// A job that has ended.
#[derive(Debug, Clone)]
pub struct EndedJob {
    /// Its id.
    pub id: Uuid,
    /// Its type.
    pub type_name: String,
    /// How it ended.
    pub state: JobState,
}

/// A pipeline that has ended.
#[derive(Debug, Clone)]
pub struct EndedPipeline {
    /// Its id.
    pub id: Uuid,
    /// How it ended.
    pub state: PipelineState,
}

impl Happened {
    /// Whether nothing has ended, and nothing was logged.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing = self.attempts.is_empty() && self.jobs.is_empty() && self.pipelines.is_empty();
        nothing && self.log == Logged::default()
    }
}

impl EndedAttempt {
    /// One that ended because its task or job was cancelled or skipped: its task and number, its token and worker, its start and end.
    pub(crate) fn cancelled(
        job: &LockedJob,
        (task_id, number): (Uuid, i32),
        (token, worker_id): (Uuid, String),
        (started_at, ended_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        Self {
            task_id,
            job_id: job.id,
            job_run: job.run,
            pipeline_id: job.pipeline_id,
            type_name: job.type_name.clone(),
            number,
            token,
            worker_id,
            outcome: Outcome::Cancelled,
            category: None,
            swept: false,
            started_at,
            ended_at,
            again_at: None,
        }
    }
}
