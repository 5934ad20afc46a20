//! `/jobnik/v1/tasks`.

pub(super) mod get;
pub(super) mod list;
pub(super) mod metadata;
pub(super) mod status;
