//! What a caller of the store acts differently on.

use windlass_domain::TaskState;

use crate::db::{self, Outage};
use crate::resource::Resource;

/// Why the store refused or could not do what was asked. Whatever it is, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such resource, or it has been deleted.
    #[error("{0} not found")]
    NotFound(Resource),
    /// The token is not the task's current one.
    #[error("the lease is lost; the task is {}", task_state.as_str())]
    LeaseLost {
        /// The task's effective state.
        task_state: TaskState,
    },
    /// The verb makes no sense in this state.
    #[error("not possible in state {state}")]
    IllegalTransition {
        /// The state that was met.
        state: &'static str,
        /// Why, where the state alone does not show it.
        detail: String,
    },
    /// No tasks can be added: the job is sealed or has ended.
    #[error("job {key} is sealed")]
    JobSealed {
        /// The job's key.
        key: String,
    },
    /// No jobs can be added: the pipeline is sealed or has ended.
    #[error("the pipeline is sealed")]
    PipelineSealed,
    /// Only what has ended can be deleted.
    #[error("the pipeline has not ended")]
    NotTerminal,
    /// `deadline_at` is not ahead of now.
    #[error("the deadline is not ahead of now")]
    DeadlineNotAhead,
    /// `expires_at` is not ahead of now.
    #[error("the expiry is not ahead of now")]
    ExpiryNotAhead,
    /// Something else would not go on without it.
    #[error("in use: {detail}")]
    InUse {
        /// By what.
        detail: String,
    },
    /// `ends_at` is not ahead of now.
    #[error("the end is not ahead of now")]
    EndNotAhead,
    /// A time of a schedule has a pipeline already.
    #[error("the time has a pipeline")]
    TimeTaken,
    /// Items of the request that what is stored contradicts.
    #[error("{} of the request's items are refused", .0.len())]
    Refused(Vec<Refusal>),
    /// Types that the caller's key is not allowed: where in the request each is.
    #[error("{} types are not allowed to the key", .0.len())]
    TypesNotAllowed(Vec<NotAllowed>),
    /// A merge patch whose outcome is refused, and why.
    #[error("metadata refused: {0}")]
    MetadataRefused(String),
    /// There are as many webhooks as there may be.
    #[error("there are {limit} webhooks")]
    TooManyWebhooks {
        /// The most.
        limit: i64,
    },
    /// An `Idempotency-Key` that came before with another body.
    #[error("the idempotency key was used with another body")]
    KeyReused,
    /// A position in the audit of which this database does not know what follows: it was restored from a backup that is older.
    #[error("the position in the audit is not one of this database's")]
    PlaceLost,
    /// The database is away, or too slow; trying again later may help.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// A defect of ours or of the schema.
    #[error("the store failed")]
    Internal(#[source] sqlx::Error),
}

/// One item of a request that contradicts what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `jobs[job].depends_on[dependency]` names a job that is neither stored nor in the request.
    UnknownDependency {
        /// Index of the job in the request.
        job: usize,
        /// Index of the dependency in the job.
        dependency: usize,
        /// The unknown key.
        key: String,
    },
    /// `jobs[job].key` is already in the pipeline.
    DuplicateKey {
        /// Index of the job in the request.
        job: usize,
        /// The key.
        key: String,
    },
    /// `jobs[job].key` is kept for a stage of the pipeline, which Jobnik's surface has made.
    ReservedKey {
        /// Index of the job in the request.
        job: usize,
        /// The key.
        key: String,
    },
    /// The pipeline would have more edges than it may.
    TooManyEdges {
        /// The most.
        limit: usize,
    },
    /// The pipeline would have more jobs than it may.
    TooManyJobs {
        /// The most.
        limit: usize,
    },
    /// A bulk verb's filter fits more pipelines than one call may change.
    TooManyPipelines {
        /// The most.
        limit: usize,
    },
    /// `add_tasks[item].job` is no job of the task's pipeline.
    UnknownJob {
        /// Index of the item in `add_tasks`.
        item: usize,
        /// The unknown key.
        key: String,
    },
}

/// A type that the caller's key is not allowed, and what of the request is of that type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    /// What is of that type.
    pub part: Part,
    /// The type.
    pub type_name: String,
}

/// A part of a request that has a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `jobs[job]`, or the one job that is created.
    Job(usize),
    /// `add_tasks[item]`.
    Addition(usize),
    /// All tasks that are added to one job.
    Tasks,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if db::is_outage(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
    }
}

impl Error {
    /// What an outage is a sign of; `None` for everything else.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Unavailable(source) => Some(Outage::of(source)),
            _ => None,
        }
    }

    /// Whether two transactions met and this one lost, so that it may be run again.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Internal(source) | Self::Unavailable(source) if db::is_conflict(source))
    }
}
