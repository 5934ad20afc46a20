//! What happens to jobs, one file per verb.

mod add_tasks;
mod insert;
mod read;
mod results;
mod seal;

pub(crate) use add_tasks::add_to_locked;
pub(crate) use insert::{Home, Parent, insert_jobs};
pub(crate) use read::read_jobs_of;
