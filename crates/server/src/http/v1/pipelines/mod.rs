//! `/v1/pipelines`: one file per operation.

pub(crate) mod add_jobs;
mod answer;
pub(crate) mod bulk;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod patch;
pub(crate) mod pause;
pub(crate) mod results;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod seal;
