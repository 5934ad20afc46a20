//! `/v1/schedules`: one file per operation.

mod answer;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
mod path;
pub(crate) mod pause;
pub(crate) mod put;
pub(crate) mod resume;
pub(crate) mod runs;
pub(crate) mod trigger;
