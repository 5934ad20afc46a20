//! What failed for good, for people: each such attempt in a narrow list over all jobs, and how often each error ended a task of a job.
//!
//! Written by one statement of its own, in the transaction that ends the attempts and under the locks of their jobs. Where nothing fails for good
//! nothing is written or read. Rows say what happened and never change: a task that runs again since is left out by who reads.
//!
//! What it deliberately does not do: keep what failed under a server of before, but for the newest (`0080_failures.sql`).

mod errors;
mod list;
mod record;

pub use errors::JobError;
pub use list::{FailedTasks, FailureFilter};
pub(crate) use record::{NewFailure, record_failures};
