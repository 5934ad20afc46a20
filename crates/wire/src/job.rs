//! Jobs: the nodes of a pipeline.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Dependency, Join, Json, Progress, RetryPolicy};

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its dependencies are not met yet.
    Pending,
    /// Open: its tasks may be dequeued.
    Queued,
    /// Its first task has been leased.
    Running,
    /// Ended: no more tasks failed than it allows.
    Succeeded,
    /// Ended: more tasks failed than it allows.
    Failed,
    /// Ended: it or its pipeline was cancelled, or all its tasks were.
    Cancelled,
    /// Ended: a dependency can no longer be met, or somebody skipped it.
    Skipped,
}

/// How many tasks are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "each field is the state of the same name")]
pub struct Counts {
    pub pending: u64,
    pub scheduled: u64,
    pub queued: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub skipped: u64,
    /// All of them together.
    pub total: u64,
}

/// A job as it is shown: the fields that every job has, with those of its own between them. Said once, and not by serde's
/// `flatten`, so that each has a flat schema.
macro_rules! job {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name {
            /// `UUIDv7`, made by the server.
            pub id: Uuid,
            /// The pipeline that it belongs to.
            pub pipeline_id: Uuid,
            /// Its name within the pipeline.
            pub key: String,
            /// What workers ask for.
            pub r#type: String,
            /// Its present state.
            pub state: JobState,
            /// Whether none of its tasks is dequeued; its pipeline and its queue have flags of their own.
            pub paused: bool,
            /// Whether no more tasks will be added.
            pub sealed: bool,
            /// Whether it does not open though its edges are met, until it is let go; only of what Jobnik's surface made.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(required))]
            pub held: bool,
            /// What must end before it opens.
            pub depends_on: Vec<Dependency>,
            /// Why it is in its state, where there is something to say.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub reason: Option<String>,
            $($own)*
            /// How its edges decide it together.
            pub join: Join,
            /// When a failed attempt is tried again.
            pub retry: RetryPolicy,
            /// Seconds that a lease lasts unless it is extended.
            #[serde(serialize_with = "crate::number::plain")]
            pub lease_seconds: f64,
            /// Seconds that one attempt may take, heartbeats or not; null is no limit.
            #[serde(serialize_with = "crate::number::plain_or_null")]
            #[cfg_attr(feature = "openapi", schema(required))]
            pub timeout_seconds: Option<f64>,
            /// How many of its tasks may fail before it does.
            pub max_failed_tasks: u32,
            /// Whether it fails at the first failed task too many, rather than after its last task.
            pub fail_fast: bool,
            /// Whether its failure leaves the pipeline's success alone.
            pub allow_failure: bool,
            /// The earliest start of its tasks; null is at once.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub run_at: Option<DateTime<Utc>>,
            /// Its tasks by state.
            pub counts: Counts,
            /// How many outcomes of each disposition its tasks have recorded; empty without any. The first 64 words have numbers of their own, further
            /// ones share `~other`.
            #[serde(default)]
            #[cfg_attr(feature = "openapi", schema(required))]
            pub outcomes: BTreeMap<String, u64>,
            /// The share of its tasks that ended; running tasks' own progress counted in, except in lists.
            pub progress: Progress,
            /// When it was created.
            pub created_at: DateTime<Utc>,
            /// When its dependencies were met; null until then.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub opened_at: Option<DateTime<Utc>>,
            /// When its first task was leased; null until then.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub started_at: Option<DateTime<Utc>>,
            /// When it ended; null until then.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub ended_at: Option<DateTime<Utc>>,
        }
    };
}

job! {
    /// A job, whole.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    Job {
        /// What its tasks share, exactly as it was sent.
        pub payload: Json,
        /// An object of the producer's own.
        #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Json>))]
        pub metadata: Json,
    }
}

job! {
    /// A job as its pipeline shows it: a [`Job`] without `payload` and `metadata`.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    JobInPipeline {}
}
