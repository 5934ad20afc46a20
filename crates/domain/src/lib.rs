//! The rules of Windlass as pure values: states and who may leave them, edges, how jobs and
//! pipelines end, retries, limits.
//!
//! This crate is the specification. It reads no clock, draws no random number and does no I/O:
//! whatever depends on those comes in as an argument. The store's hot statements implement the same
//! rules in SQL; a test walks every state × every event through both.

mod allowed_types;
mod edge;
mod error_text;
#[cfg(test)]
mod fuzz;
mod graph;
mod histogram;
mod invalid;
mod job;
mod jobnik;
mod json;
mod limits;
mod log;
mod number;
mod pipeline;
mod priority;
mod retry;
mod rotation;
mod schedule;
mod scope;
mod seal;
mod spared;
mod task;
mod text;
mod webhook;

pub use allowed_types::{AllowedType, AllowedTypes};
pub use edge::{EdgeOutcome, Join, Joined, ParentEnd, When};
pub use error_text::error_text;
pub use graph::{Cycle, order_parents_first};
pub use histogram::Histogram;
pub use invalid::{Invalid, InvalidTransition};
pub use job::{JobCounts, JobEnd, JobEvent, JobState, JobTerms};
pub use jobnik::{JobnikJobStatus, JobnikStageStanding, JobnikStageStatus, JobnikTaskStatus, percent};
pub use json::Json;
pub use limits::Limits;
pub use log::{LogLevel, harmless, log_message};
pub use number::{exact_f64, exact_integer, seconds};
pub use pipeline::{PipelineEnd, PipelineEvent, PipelineState, PipelineTally};
pub use priority::Priority;
pub use retry::{Directive, RetryDecision, RetryPolicy};
pub use rotation::Rotation;
pub use schedule::{Missed, Overlap, RunOutcome};
pub use scope::{Scope, Scopes};
pub use seal::{Seal, SealedBy, Sealing};
pub use spared::{Edge, Node, spared};
pub use task::{Outcome, TaskEvent, TaskState, Verb};
pub use text::{
    Category, CorrelationId, Disposition, JobKey, Message, Name, Reason, Remark, ScheduleName, Subject,
    SubjectKind, TemplateName, TypeName, VersionLabel, WorkerId,
};
pub use webhook::{
    AttemptError, DeliveryState, EventPattern, Happening, WebhookFormat, delay_after, pauses_itself,
};
