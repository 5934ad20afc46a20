//! How Windlass stores its state: in Postgres, and nowhere else. The only crate that speaks SQL.
//!
//! One method of [`Store`] per use case, one file per verb (reports are one), each one statement or one transaction. The pure state
//! machines of the domain crate are the specification. The store has no state in memory that a second server would need.
//!
//! # Lock order
//! Every transaction takes its locks in this order, and within each step by ascending id:
//!
//! 0. the row of a **schedule**, which makes a pipeline of its own,
//! 1. the pipeline's **control row** (verbs that change structure: cancel, pause, priority, retry, seal, adding jobs),
//! 2. **tasks**,
//! 3. **jobs** (children have higher ids than their parents),
//! 4. **leases** (a job's end deletes its leases under the job's lock, so only a lease locked after its job is proof),
//! 5. **queue counters**, by type,
//! 6. the **pipeline row**,
//! 7. the counts of a job's **outcomes**, by job.
//!
//! Dequeue alone locks jobs first (after the rows of queues with a limit, which nobody else holds while it waits); it then takes
//! tasks with `SKIP LOCKED`, so it never waits for one. Bringing stale tasks back after a retry goes the same way: the job, then its
//! tasks with `SKIP LOCKED`. The settler takes tasks below jobs that have ended, after those jobs: nobody else locks a task there. A transaction that finds it
//! needs a job below one that it holds is rolled back and run again *wide*: with the control rows and all jobs of its
//! pipelines locked first. Deadlocks that remain possible are resolved by Postgres and run again.
//!
//! Webhooks belong to no pipeline either; their order is in the module `webhooks`.
//!
//! Keys belong to no pipeline. A revocation takes the one lock of all revocations, and then the key's row.
//!
//! # Stale rows
//! A control writes job rows, never the rows of the tasks below. So a task's row may say otherwise than its job: below an ended job, and below
//! one that was retried, which the run in the row shows. Such a row is *stale* (`left_over` in the schema): reads show what it will be,
//! counters count it so, and nobody else believes it (see `retry/back.rs` and `upkeep/settle.rs`).
//!
//! # Low-water marks
//! Every waiting task lies above its job's `head`. A statement that makes tasks wait lowers it to below the lowest position drawn and counts `added` up,
//! in that transaction; a dequeue raises it, under the job's lock, over what it took, only if `added` is what its snapshot saw
//! and it passed nothing over.
//!
//! # How it fails
//! Nothing is half-done: an error means that the transaction was rolled back, but for a commit whose answer was lost with the connection,
//! which keys and tokens make safe to repeat. Conflicts are run again; outages are [`Error::Unavailable`] within 8 s.

mod attempts;
mod caller;
mod consistency;
mod db;
mod effects;
mod error;
mod events;
mod exists;
mod failures;
mod found;
mod idempotency;
mod input;
mod jobnik;
mod jobs;
mod keys;
mod logs;
mod looks;
mod memory;
mod observers;
mod origins;
mod outcomes;
mod pipelines;
mod queues;
mod replicas;
mod resource;
mod retry;
mod rollup;
mod schedules;
mod seen_worker;
mod servers;
mod sessions;
mod signs;
mod store;
mod system;
mod tasks;
mod templates;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "testing")]
pub mod testing_keys;
#[cfg(feature = "testing")]
mod testing_webhooks;
mod traces;
mod upkeep;
mod view;
mod webhooks;
mod work;
mod workers;

pub use attempts::{AddTasks, Complete, Fail, Release, Report, TaskError};
pub use caller::Caller;
pub use db::{ConnectError, Migrated, NoSchema, Outage, Page, PoolUse, Pooler, Schema, Settings};
pub use error::{Error, NotAllowed, Part, Refusal};
pub use events::{EndedAttempt, EndedJob, EndedPipeline, EventCursor, EventFilter, EventPage, Happened};
pub use failures::{FailedTasks, FailureFilter, JobError};
pub use found::{Found, IdRange};
pub use idempotency::{Answer, IdempotencyKey, KeyGuard, Once, StoredAnswer};
pub use input::{
    Checkpoint, Dependency, Dequeue, Heartbeat, JobFilter, MadeBy, MadeFrom, NewJob, NewPipeline, NewStage,
    NewTask, Paging, PipelineFilter, PipelineSet, Progress, TaskFilter, Trace,
};
pub use jobnik::{
    CurrentLease, JobnikCount, JobnikCounts, JobnikJob, JobnikJobFilter, JobnikList, JobnikRefusal,
    JobnikStage, JobnikStageFilter, JobnikSummary, JobnikTask, JobnikTaskFilter, LIST_ROWS, MillisRange,
    NewJobnikJob, NewJobnikStage,
};
pub use jobs::{JobProgress, JobProgressPiece, WatchedJobs};
pub use keys::{FoundKey, LiveKeys, NewKey, StoredText};
pub use logs::{LogCall, LogFilter, LogItem, LogLine, LogPage, Logged, LoggedLine, NotLogged, RenderLog};
pub use looks::{BulkAdvance, FailedSchedule, IdleJob, LostTask, Pause, Paused};
pub use observers::{Ready, Watch};
pub use outcomes::{NewOutcome, OutcomeCursor, OutcomeFilter, OutcomePage};
pub use pipelines::{BulkVerb, Bulked, Create, Made, Merge, NotMade, PipelineChange};
pub use queues::{HistoryMinute, MinuteSeen, QueueChange};
pub use replicas::Listener;
pub use resource::Resource;
pub use retry::{Descendants, Scope};
pub use schedules::{
    Claim, Claimable, DueSchedule, NextTime, RunDetail, RunStart, Schedule, ScheduleDefinition, ScheduleRun,
    ScheduledTime, Unmade, WaitingRun,
};
pub use sessions::{FoundSession, NewSession};
pub use signs::Signs;
pub use store::Store;
pub use system::{RunningServer, System};
pub use tasks::{AttemptCursor, Granted, RunningSince, RunningTasks};
pub use templates::{NewTemplate, Put};
pub use traces::{TracedJob, TracedPipeline};
pub use upkeep::{Overdue, Promoted, Pruned, Retention, Settled, Swept, Vitals};
pub use view::{
    Attempt, Counts, Event, Failure, ItemOutcome, Job, Key, LeasedTask, Pipeline, Queue, Task, TaskProgress,
    TaskResult, Template, Worker,
};
pub use webhooks::{
    ClaimedDelivery, Delivery, DeliveryAttempt, DeliveryOutcome, FailedTask, FinishedAttempt,
    InterestedWebhook, NewWebhook, PausedItself, Planned, PlannedDelivery, Skimmed, SkimmedEvent,
    StoredSecrets, Subjects, SubjectsAsked, Webhook, WebhookChange, WebhookNumbers,
};
