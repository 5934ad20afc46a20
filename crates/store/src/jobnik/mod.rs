//! What Jobnik's surface makes, reads and changes, in its shape (docs/contract/jobnik.md): its jobs are pipelines, its stages jobs, its tasks tasks.
//!
//! Why: it is a second way to speak to one engine. All that is done here is done by the use cases of pipelines, jobs, tasks and attempts, in their order
//! of locks; what is its own are reads in its words, and the checks of its states. It knows only what was made here (`surface`).
//!
//! What it deliberately does not do: dequeue and report, which are [`Store::dequeue_of_jobnik`](crate::Store::dequeue_of_jobnik) and
//! [`Store::report`](crate::Store::report). How it fails: as every use case does; a refusal of its own is a [`JobnikRefusal`].

mod add_stage;
mod add_tasks;
mod counts;
mod create_job;
mod current;
mod delete;
mod find;
mod fold;
mod jobs;
mod metadata;
mod older;
mod priority;
mod refusal;
mod rows;
mod stages;
mod status;
mod tasks;
mod times;
mod view;

pub use add_stage::NewJobnikStage;
pub use counts::{JobnikCount, JobnikCounts};
pub use create_job::NewJobnikJob;
pub use current::CurrentLease;
pub use find::JobnikTaskFilter;
pub use jobs::JobnikJobFilter;
pub use refusal::JobnikRefusal;
pub use rows::{JobnikList, LIST_ROWS};
pub use stages::JobnikStageFilter;
pub use times::MillisRange;
pub use view::{JobnikJob, JobnikStage, JobnikSummary, JobnikTask};
