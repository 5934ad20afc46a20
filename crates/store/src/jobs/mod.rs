//! What happens to jobs, one file per verb.

mod add_tasks;
mod end;
mod insert;
mod lock;
mod pause;
mod read;
mod results;
mod retry;
mod seal;

pub(crate) use add_tasks::add_to_locked;
pub(crate) use insert::{Home, Parent, insert_jobs};
pub(crate) use read::{read_job, read_jobs_of};
