//! What callers ask of the store: checked values, ready to be written.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{
    CorrelationId, JobKey, JobState, Join, Json, Name, PipelineState, Priority, RetryPolicy, Sealing,
    TaskState, TypeName, When, WorkerId,
};

use crate::caller::Caller;
use crate::idempotency::IdempotencyKey;

/// A pipeline to create. Its jobs' keys are unique and their edges form no cycle: the caller has checked that.
#[derive(Debug, Clone)]
pub struct NewPipeline {
    /// Its name.
    pub name: Name,
    /// Its priority.
    pub priority: Priority,
    /// What ties it to the producer's records.
    pub correlation_id: CorrelationId,
    /// An object; `None` is the empty one.
    pub metadata: Option<Json>,
    /// Cancel the rest on the first failure.
    pub fail_fast: bool,
    /// Whether it starts paused.
    pub paused: bool,
    /// Whether no more jobs will come.
    pub sealed: bool,
    /// When it is cancelled with clean-up if it has not ended; ahead of now.
    pub deadline_at: Option<DateTime<Utc>>,
    /// The W3C trace context of the request.
    pub trace: Trace,
    /// The schedule that it is made by; `None`: by none.
    pub schedule: Option<MadeBy>,
    /// The template that it is made from; `None`: none.
    pub made_from: Option<MadeFrom>,
    /// Its jobs, in the order of the request.
    pub jobs: Vec<NewJob>,
}

/// Which schedule makes a pipeline.
#[derive(Debug, Clone)]
pub struct MadeBy {
    /// The schedule's name.
    pub name: String,
    /// A person has it made, not time.
    pub triggered: bool,
}

/// What a pipeline is made from.
#[derive(Debug, Clone)]
pub struct MadeFrom {
    /// The template's name.
    pub template: String,
    /// Its version.
    pub version: i32,
    /// The parameters as they were used, an object.
    pub parameters: Json,
}

/// W3C trace context, as received.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The `traceparent` header.
    pub traceparent: Option<String>,
    /// The `tracestate` header.
    pub tracestate: Option<String>,
}

/// A job to create.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its name in the pipeline.
    pub key: JobKey,
    /// What workers ask for.
    pub type_name: TypeName,
    /// `None` is null.
    pub payload: Option<Json>,
    /// An object; `None` is the empty one.
    pub metadata: Option<Json>,
    /// Its edges, in the order of the request.
    pub depends_on: Vec<Dependency>,
    /// How they decide it together.
    pub join: Join,
    /// When no more tasks will come.
    pub sealed: Sealing,
    /// Its retry policy.
    pub retry: RetryPolicy,
    /// How long a lease lasts unless the dequeue says otherwise.
    pub lease: Duration,
    /// How long one attempt may run.
    pub timeout: Option<Duration>,
    /// Failed tasks tolerated.
    pub max_failed_tasks: i32,
    /// Fail at once when more have failed.
    pub fail_fast: bool,
    /// Whether its failure leaves the pipeline unfailed.
    pub allow_failure: bool,
    /// Whether it starts paused.
    pub paused: bool,
    /// Its earliest start.
    pub run_at: Option<DateTime<Utc>>,
    /// `None` in a job sealed at once: one task with the job's payload.
    pub tasks: Option<Vec<NewTask>>,
    /// What only a job of Jobnik's surface has.
    pub stage: Option<NewStage>,
}

/// What a job of Jobnik's surface has beside: once it has failed it is frozen, and tasks are counted that wait after a failure.
#[derive(Debug, Clone)]
pub struct NewStage {
    /// It does not open though its edges are met, until it is let go.
    pub held: bool,
    /// The trace context that it was made with.
    pub trace: Trace,
}

/// An edge to a parent.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The parent's key.
    pub job: JobKey,
    /// The condition.
    pub when: When,
}

/// A task to add.
#[derive(Debug, Clone, Default)]
pub struct NewTask {
    /// `None` is null.
    pub payload: Option<Json>,
    /// An object; `None` is the empty one.
    pub metadata: Option<Json>,
    /// Its earliest start.
    pub run_at: Option<DateTime<Utc>>,
    /// Attempts that it may take; `None`: as its job says.
    pub max_attempts: Option<i32>,
    /// The trace context that it was made with, where it has one of its own.
    pub trace: Trace,
}

/// One worker's request in a batch of dequeues that ask for the same types.
#[derive(Debug, Clone)]
pub struct Dequeue {
    /// Who calls.
    pub caller: Caller,
    /// The worker that leases.
    pub worker: WorkerId,
    /// Tasks at the most, 1 to 100.
    pub max_tasks: usize,
    /// The lease's length; `None`: the job's.
    pub lease: Option<Duration>,
    /// The `Idempotency-Key`: a repeat gets the leases of the first that still live.
    pub key: Option<IdempotencyKey>,
}

/// What a report says of its task's checkpoint, which the next attempt gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Checkpoint {
    /// Nothing: it stays as it is.
    #[default]
    Unchanged,
    /// From now on there is none.
    Dropped,
    /// From now on it is this.
    Set(Json),
}

impl Checkpoint {
    /// Whether it says something.
    pub(crate) fn is_said(&self) -> bool {
        *self != Self::Unchanged
    }

    /// The new one, if there is to be one.
    pub(crate) fn json(&self) -> Option<&str> {
        match self {
            Self::Unchanged | Self::Dropped => None,
            Self::Set(json) => Some(json.as_str()),
        }
    }

    /// Bytes of JSON that it carries.
    pub(crate) fn bytes(&self) -> usize {
        self.json().map_or(0, str::len)
    }
}

/// A heartbeat.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// The new length from now; `None`: the present length.
    pub lease: Option<Duration>,
    /// What becomes of the checkpoint.
    pub checkpoint: Checkpoint,
}

impl Heartbeat {
    /// Bytes of JSON that it carries.
    pub fn bytes(&self) -> usize {
        self.checkpoint.bytes()
    }
}

/// A progress report, which renews the lease as well.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The task.
    pub id: Uuid,
    /// The lease's token.
    pub token: Uuid,
    /// How far it is.
    pub current: f64,
    /// How far it will go.
    pub total: Option<f64>,
    /// Words for people.
    pub message: Option<String>,
    /// What becomes of the checkpoint.
    pub checkpoint: Checkpoint,
}

impl Progress {
    /// Bytes of text that it carries.
    pub fn bytes(&self) -> usize {
        self.checkpoint.bytes() + self.message.as_ref().map_or(0, String::len)
    }
}

/// A page of a list: what comes after `after`, at most `limit` items.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// The last id of the page before.
    pub after: Option<Uuid>,
    /// Items at the most, 1 to 500.
    pub limit: i64,
}

/// Which pipelines a list shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PipelineFilter {
    /// In this state.
    pub state: Option<PipelineState>,
    /// With this name.
    pub name: Option<String>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// With this correlation id.
    pub correlation_id: Option<String>,
    /// Created then or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created earlier than then.
    pub created_before: Option<DateTime<Utc>>,
    /// Made from the template of this name.
    pub template: Option<String>,
    /// Made by the schedule of this name.
    pub schedule: Option<String>,
    /// With these texts as top-level members of its metadata, names before values, each name once.
    pub metadata: Vec<(String, String)>,
}

/// Which pipelines a bulk verb is for; what is `None` or empty narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct PipelineSet {
    /// In one of these states.
    pub states: Vec<PipelineState>,
    /// With this name.
    pub name: Option<String>,
    /// With this priority.
    pub priority: Option<Priority>,
    /// With this correlation id.
    pub correlation_id: Option<String>,
    /// Created then or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created earlier than then.
    pub created_before: Option<DateTime<Utc>>,
    /// Made from the template of this name.
    pub template: Option<String>,
    /// Made by the schedule of this name.
    pub schedule: Option<String>,
    /// With these texts as top-level members of its metadata, names before values, each name once.
    pub metadata: Vec<(String, String)>,
}

impl From<&PipelineFilter> for PipelineSet {
    fn from(filter: &PipelineFilter) -> Self {
        Self {
            states: filter.state.into_iter().collect(),
            name: filter.name.clone(),
            priority: filter.priority,
            correlation_id: filter.correlation_id.clone(),
            created_after: filter.created_after,
            created_before: filter.created_before,
            template: filter.template.clone(),
            schedule: filter.schedule.clone(),
            metadata: filter.metadata.clone(),
        }
    }
}

/// Which jobs a list shows.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this type.
    pub type_name: Option<String>,
    /// In this state.
    pub state: Option<JobState>,
}

/// Which tasks a list shows.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Of this job.
    pub job_id: Option<Uuid>,
    /// Of this pipeline.
    pub pipeline_id: Option<Uuid>,
    /// Of this type.
    pub type_name: Option<String>,
    /// In this effective state.
    pub state: Option<TaskState>,
}
