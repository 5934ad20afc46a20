//! The words of Jobnik's wire contract, as its clients know them: our pipelines are its jobs, our jobs its stages.
//!
//! Its conventions are its own: fields in camel case in the order in which its manager sends them, times with milliseconds, optional fields left out
//! rather than null.

mod done;
mod error;
mod job;
mod stage;
mod task;
mod time;

pub use done::{Done, DoneCode};
pub use error::{Code, Error};
pub use job::{Job, JobStatus, JobStatusChange, NewJob, Priority, PriorityChange, SettableJobStatus};
pub use stage::{NewStage, SettableStageStatus, Stage, StageStatus, StageStatusChange, Summary};
pub use task::{NewTask, SettableTaskStatus, Task, TaskStatus, TaskStatusChange};
