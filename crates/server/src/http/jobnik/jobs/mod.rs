//! `/jobnik/v1/jobs`: our pipelines.

pub(super) mod add_stage;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod metadata;
pub(super) mod priority;
pub(super) mod stages;
pub(super) mod status;
