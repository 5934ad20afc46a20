//! The public JSON of Windlass: every body of the HTTP contract as a type, and nothing else.
//!
//! The server writes the responses and describes the requests with these types, the SDK reads and
//! writes both; so the two sides cannot drift apart, and the `OpenAPI` document (feature `openapi`) is
//! generated from the same words.
//!
//! What it deliberately does not do: it has no behaviour and no rules. Bounds are in the schemas,
//! never checked here: the server finds everything wrong in a body at once, with pointers, which a
//! derived parser that stops at the first error could not. Defaults are in words only: generators
//! of clients take a schema's `default` for the client's duty, and make the field required or send it.
//!
//! How it fails: only where JSON does not match a type, by serde's own error. Requests refuse unknown
//! fields; responses ignore them, since they may gain fields within v1.
//!
//! Conventions: an optional field of a response is present as `null`, never left out (except in
//! [`Problem`], the jobs of a listed pipeline, what a pipeline waits for but where it is asked for by itself, the outcomes of a listed job and what a dry run has not); an optional field of a request may be left out, and
//! is when it is `None`. Numbers that are whole are written without a fraction. Times have
//! microseconds at most.

mod add_jobs;
mod attempt;
mod batch;
mod bulk;
mod code;
mod dequeue;
mod edge;
mod event;
mod failure;
#[cfg(feature = "openapi")]
mod field_schemas;
mod found;
mod history;
mod job;
pub mod jobnik;
mod json;
mod key;
mod log;
mod new_job;
mod number;
mod outcome;
mod page;
mod patch;
mod pipeline;
mod priority;
mod problem;
mod progress;
mod queue;
mod report;
mod retry_policy;
mod schedule;
#[cfg(feature = "openapi")]
mod schemas;
mod scope;
mod sealing;
mod system;
mod task;
mod template;
mod time;
mod verb;
mod webhook;
mod worker;

pub use add_jobs::{AddJobs, AddedJobs};
pub use attempt::{Attempt, Outcome};
pub use batch::{
    Batch, BatchResults, CompleteItem, CreateJobResult, CreateJobs, FailItem, HeartbeatItem, HeartbeatResult,
    ReportResult,
};
pub use bulk::{Bulk, BulkCancel, BulkFilter, BulkRetry, BulkState, Bulked, Open};
pub use code::Code;
pub use dequeue::{Dequeue, Dequeued, LeasedTask};
pub use edge::{Dependency, Join, NewDependency, NewEdge, When};
pub use event::{Entity, Event, EventPage, Flag, JobProgress};
pub use failure::JobError;
pub use found::{Found, FoundEntity};
pub use history::QueueMinute;
pub use job::{Counts, Job, JobInPipeline, JobState};
pub use json::Json;
pub use key::{CurrentKey, Key, KeyWithText, NewKey, RotateKey, UnlistedKey};
pub use log::{LogLevel, LogLine, LogPage, LogResult, Logged, LoggedLine, WriteLog, WriteLogItem};
pub use new_job::{NewJob, NewStandaloneJob};
pub use outcome::{ItemOutcome, NewOutcome, RecordOutcomes, RecordedOutcomes, RemovedOutcomes};
pub use page::Page;
pub use pipeline::{NewPipeline, PatchPipeline, Pipeline, PipelineState};
pub use priority::Priority;
pub use problem::{FieldError, Problem};
pub use progress::Progress;
pub use queue::{PatchQueue, Queue};
pub use report::{
    AddToJob, Complete, Fail, Heartbeat, LeaseExtended, Release, ReportProgress, ReportedError,
    RetryDirective,
};
pub use retry_policy::{NewRetryPolicy, RetryPolicy};
pub use schedule::{
    Missed, NewScheduledTemplate, Overlap, PutSchedule, RunOutcome, Schedule, ScheduleRun, ScheduleRunDetail,
    ScheduledTemplate, TriggerSchedule,
};
pub use scope::Scope;
pub use sealing::Sealing;
pub use system::{System, SystemDatabase, SystemDisk, SystemServer};
pub use task::{AddTasks, AddedTasks, NewTask, ResultItem, Task, TaskError, TaskProgress, TaskState};
pub use template::{MadeFrom, PutTemplate, RunTemplate, Template};
pub use verb::{CancelPipeline, Reason, RetryJob, RetryPipeline, RetryScope};
pub use webhook::{
    Delivery, DeliveryAttempt, DeliveryError, DeliveryState, NewWebhook, PatchWebhook, RotateWebhookSecret,
    TestWebhook, Webhook, WebhookFilter, WebhookFormat, WebhookTest, WebhookWithSecret,
};
pub use worker::Worker;
