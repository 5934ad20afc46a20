//! `/v1/jobs`: one file per operation.

pub(crate) mod add_tasks;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod seal;
pub(crate) mod show;
