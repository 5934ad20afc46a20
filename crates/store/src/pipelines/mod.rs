//! What happens to pipelines, one file per verb.

mod add_jobs;
mod control;
mod create;
mod read;
mod seal;

pub(crate) use control::lock_control;
