//! `/v1/queues`: one file per operation.

pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod patch;
mod path;
