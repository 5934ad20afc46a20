//! `/jobnik/v1/stages`: our jobs.

pub(super) mod add_tasks;
pub(super) mod dequeue;
pub(super) mod get;
pub(super) mod list;
pub(super) mod metadata;
pub(super) mod status;
pub(super) mod summary;
pub(super) mod tasks;
