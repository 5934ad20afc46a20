//! `/v1/pipelines`: one file per operation.

pub(crate) mod add_jobs;
pub(crate) mod create;
pub(crate) mod get;
mod graph;
pub(crate) mod list;
mod read;
pub(crate) mod results;
pub(crate) mod seal;
mod show;
