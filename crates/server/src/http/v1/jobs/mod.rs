//! `/v1/jobs`: one file per operation.

pub(crate) mod add_tasks;
pub(crate) mod batch;
pub(crate) mod cancel;
pub(crate) mod create;
pub(crate) mod errors;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod seal;
pub(crate) mod skip;
