//! `/v1/tasks`: one file per operation; a report's file holds its single and its batch form.

pub(crate) mod attempts;
mod batch;
pub(crate) mod cancel;
pub(crate) mod complete;
pub(crate) mod dequeue;
pub(crate) mod fail;
pub(crate) mod get;
pub(crate) mod heartbeat;
mod late;
pub(crate) mod list;
pub(crate) mod list_log;
pub(crate) mod log;
pub(crate) mod outcomes;
pub(crate) mod progress;
pub(crate) mod release;
mod report;
pub(crate) mod retry;
