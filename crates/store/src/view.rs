//! What the store answers: resources in their effective state. JSON values are compact text; where one is `None`
//! it is null (payload, result, detail) or the empty object (metadata).

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobState, Join, Outcome, PipelineState, Priority, Scope, TaskState, When};

use crate::events::EventCursor;
use crate::tasks::AttemptCursor;

/// A pipeline, without its jobs.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Pipeline {
    pub id: Uuid,
    pub name: String,
    pub state: PipelineState,
    pub paused: bool,
    pub sealed: bool,
    pub cancelling: bool,
    pub priority: Priority,
    pub correlation_id: String,
    pub metadata: Option<String>,
    pub fail_fast: bool,
    pub reason: Option<String>,
    pub percent: f64,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub deadline_at: Option<DateTime<Utc>>,
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
    pub schedule: Option<String>,
    /// The template that it was made from, and its version.
    pub template: Option<(String, i32)>,
    pub parameters: Option<String>,
}

/// What became of an item.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct ItemOutcome {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub subject: String,
    pub kind: String,
    pub disposition: String,
    pub reason: Option<String>,
    pub version: Option<String>,
    pub detail: Option<String>,
    pub type_name: String,
    pub pipeline_id: Uuid,
    pub job_id: Uuid,
    pub task_id: Uuid,
    pub attempt: i32,
    pub worker_id: String,
}

/// A version of a template.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Template {
    pub name: String,
    pub version: i32,
    pub description: Option<String>,
    pub parameters: String,
    pub pipeline: String,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<String>,
}

/// A job.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Job {
    pub id: Uuid,
    pub pipeline_id: Uuid,
    pub key: String,
    pub type_name: String,
    pub state: JobState,
    pub paused: bool,
    pub held: bool,
    pub sealed: bool,
    pub depends_on: Vec<(String, When)>,
    pub join: Join,
    pub reason: Option<String>,
    pub payload: Option<String>,
    pub metadata: Option<String>,
    pub max_attempts: i32,
    pub initial_delay_seconds: f64,
    pub factor: f64,
    pub max_delay_seconds: f64,
    pub jitter: f64,
    pub non_retryable: Vec<String>,
    pub lease_seconds: f64,
    pub timeout_seconds: Option<f64>,
    pub max_failed_tasks: i32,
    pub fail_fast: bool,
    pub allow_failure: bool,
    pub run_at: Option<DateTime<Utc>>,
    pub counts: Counts,
    /// How many outcomes of each disposition were recorded.
    pub outcomes: Vec<(String, i64)>,
    pub percent: f64,
    pub created_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A job's tasks by effective state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the task states")]
pub struct Counts {
    pub pending: i64,
    pub scheduled: i64,
    pub queued: i64,
    pub running: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub cancelled: i64,
    pub skipped: i64,
    pub total: i64,
}

/// A task.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Task {
    pub id: Uuid,
    pub job_id: Uuid,
    pub pipeline_id: Uuid,
    pub type_name: String,
    pub state: TaskState,
    pub payload: Option<String>,
    pub metadata: Option<String>,
    pub attempt: i32,
    pub max_attempts: i32,
    pub run_at: Option<DateTime<Utc>>,
    pub progress: Option<TaskProgress>,
    pub result: Option<String>,
    pub checkpoint: Option<String>,
    pub error: Option<Failure>,
    pub worker_id: Option<String>,
    pub lease_expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When the report that this answers changed it; `None` where it was only read.
    pub reported_at: Option<DateTime<Utc>>,
}

/// The last progress reported.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct TaskProgress {
    pub current: f64,
    pub total: Option<f64>,
    pub message: Option<String>,
}

/// The error of a task's last failed attempt.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Failure {
    pub category: String,
    pub message: String,
    pub detail: Option<String>,
}

/// A task as its worker gets it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct LeasedTask {
    pub id: Uuid,
    pub type_name: String,
    pub job_id: Uuid,
    pub job_key: String,
    pub pipeline_id: Uuid,
    pub pipeline_name: String,
    pub attempt: i32,
    pub max_attempts: i32,
    pub payload: Option<String>,
    pub job_payload: Option<String>,
    pub metadata: Option<String>,
    pub checkpoint: Option<String>,
    pub lease_token: Uuid,
    pub lease_expires_at: DateTime<Utc>,
    pub timeout_seconds: Option<f64>,
    pub correlation_id: String,
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
    /// Raised by each retry by hand of its job.
    pub job_run: i32,
    pub leased_at: DateTime<Utc>,
    /// When the task was added; only of a dequeue for what Jobnik's surface made.
    pub created_at: Option<DateTime<Utc>>,
    /// From when on it could have been leased; `None` where that is not known: it came back from an attempt without a delay.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// One attempt of a task.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Attempt {
    pub cursor: AttemptCursor,
    pub number: i32,
    pub worker_id: String,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub outcome: Outcome,
    pub error: Option<Failure>,
    pub metrics: Option<String>,
    pub detail: Option<String>,
}

/// The result of one succeeded task.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct TaskResult {
    pub task_id: Uuid,
    pub result: Option<String>,
}

/// A queue.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Queue {
    pub type_name: String,
    pub paused: bool,
    pub max_running: Option<i32>,
    pub queued: i64,
    pub scheduled: i64,
    pub running: i64,
    pub oldest_queued_seconds: Option<f64>,
    pub workers: i64,
    pub reason: Option<String>,
    pub paused_by: Option<String>,
    pub paused_at: Option<DateTime<Utc>>,
}

/// A key, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Key {
    pub id: Uuid,
    /// What events have of it.
    pub number: i32,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub types: Option<Vec<String>>,
    pub prefix: String,
    pub max_requests_per_second: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub rotated_at: Option<DateTime<Utc>>,
    pub overlap_until: Option<DateTime<Utc>>,
    pub previous_prefix: Option<String>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

/// A worker seen lately.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Worker {
    pub id: String,
    pub types: Vec<String>,
    pub running: i64,
    pub last_seen_at: DateTime<Utc>,
}

/// One change of a state.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the contract's, documented in the wire crate")]
pub struct Event {
    pub id: EventCursor,
    pub at: DateTime<Utc>,
    pub entity: String,
    pub pipeline_id: Option<Uuid>,
    pub job_id: Option<Uuid>,
    pub task_id: Option<Uuid>,
    pub from: Option<String>,
    pub to: String,
    pub flag: Option<String>,
    pub reason: Option<String>,
    pub attempt: Option<i32>,
    pub worker_id: Option<String>,
    pub actor: String,
    pub correlation_id: Option<String>,
    pub type_name: Option<String>,
    pub caller: Option<String>,
    pub caller_id: Option<Uuid>,
    pub caller_name: Option<String>,
    pub key_id: Option<Uuid>,
    pub schedule: Option<String>,
    pub template: Option<String>,
    pub webhook_id: Option<Uuid>,
}
