//! What happens to jobs, one file per verb; `locked.rs` is a job's row as its transaction holds it.

mod add_tasks;
mod end;
mod insert;
mod let_go;
mod lock;
mod locked;
mod pause;
mod progress;
mod read;
mod results;
mod retry;
mod seal;
mod seals;
mod thaw;

pub(crate) use add_tasks::{AddedTo, Inserted, add_tasks, add_to_locked, count_inserted, insert_for};
pub(crate) use insert::{Growth, Home, Parent, insert_jobs};
pub(crate) use let_go::let_go;
pub(crate) use lock::{lock_all_jobs, lock_controls, lock_jobs, lock_open_jobs, look_at_jobs};
pub(crate) use locked::{JobRow, LockedJob, job_state, stored_seal};
pub use progress::{JobProgress, JobProgressPiece, WatchedJobs};
pub(crate) use read::{read_job, read_jobs_of, read_jobs_these};
pub(crate) use seals::seal_by_completion;
pub(crate) use thaw::thaw;
