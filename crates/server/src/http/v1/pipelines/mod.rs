//! `/v1/pipelines`: one file per operation.

pub(crate) mod add_jobs;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
mod graph;
pub(crate) mod list;
mod merge;
pub(crate) mod patch;
pub(crate) mod pause;
mod read;
pub(crate) mod results;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod seal;
mod show;
